import { access } from 'node:fs/promises';
import { Kysely } from 'kysely';
import { GatewayError } from '../../errors.ts';
import type { LedgerChecks } from '../ledger-checks.ts';
import { ledgerChecks } from '../sql/ledger-checks.ts';
import { demandMigrated } from '../sql/migrate.ts';
import type { Tables } from '../sql/tables.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteThread } from './sqlite-thread.ts';

/** The checks of a ledger in a database that this process does not write. */
export interface OpenedChecks {
  readonly checks: LedgerChecks;
  close(): Promise<void>;
}

/**
 * Opens a database to read it alone, also beside a server that runs on it.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where there is none, or it is of another version.
 */
export async function openSqliteChecks(file: string): Promise<OpenedChecks> {
  await access(file).catch((cause: unknown) => {
    throw new GatewayError('STORE_UNAVAILABLE', `there is no database: ${file}`, { cause, retryable: false });
  });
  const thread = await openSqliteThread({
    file,
    isReader: true,
    synchronous: 'NORMAL',
    busyTimeoutMs: 5000,
    maxPages: 0,
  });
  try {
    const query = new Kysely<Tables>({ dialect: sqliteDialect(thread) });
    await demandMigrated(query);
    const refuse = () => Promise.reject(new TypeError('this database is opened to be read alone'));
    return {
      checks: ledgerChecks({ query, read: calls => thread.read(calls), write: refuse, scrub: refuse }),
      close: thread.close,
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
