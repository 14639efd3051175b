import { describe, test } from 'vitest';
import { ledgerStoreContract } from '../../src/testing/index.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { usePostgres } from './support/postgres-databases.ts';

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();
  for (const { name, run } of ledgerStoreContract) {
    test(`ledger over a journal: ${name}`, () =>
      run(async () => (await nodes.start({ url: await databases.migrated() })).ledger));
  }
});
