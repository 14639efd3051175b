import { describe } from 'vitest';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';
import { testStoreContracts } from './support/store-contracts.ts';

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  testStoreContracts(() => databases.open());
});
