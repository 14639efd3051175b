import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import { GatewayError } from '../../errors.ts';
import { demandMigrated, migrate } from '../sql/migrate.ts';
import type { SqlDatabase } from '../sql/sql-database.ts';
import { type Stores, storesOn } from '../sql/stores.ts';
import type { Tables } from '../sql/tables.ts';
import { scrubbedLog } from './scrubbed-log.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteThread, type SqliteThread } from './sqlite-thread.ts';

export interface SqliteStoresOptions {
  /** A path, or `:memory:`. Folders that are missing are made, open to nobody else. */
  readonly file: string;
  /**
   * What an acknowledged write survives: the death of the `process`, or that of the whole `machine` too, at one flush
   * of the disk per batch. Default: `process`.
   */
  readonly survives?: 'process' | 'machine';
  /** How long to wait while another process writes, in milliseconds. Default: 5000. */
  readonly busyTimeoutMs?: number;
  /** The database may grow to so many pages of 4 KiB, beyond which writes are refused. Default: SQLite's own limit. */
  readonly maxPages?: number;
  /** Whether the database is brought to this version, or has to be at it already. Default: `at-start`. */
  readonly migrate?: 'at-start' | 'off';
  /** Milliseconds since the epoch, for the audit log. Default: the machine's clock. */
  readonly now?: () => number;
}

/** Stores whose `isUsable` is false once a thread of the database has died, or they were closed. */
export type SqliteStores = Stores;

/**
 * Opens the stores in a SQLite database, made and brought to this version where needed.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where it cannot be opened, is no database, or is newer than this code.
 */
export async function openSqliteStores(options: SqliteStoresOptions): Promise<SqliteStores> {
  const { file, survives = 'process', busyTimeoutMs = 5000, maxPages = 0, now = Date.now } = options;
  if (file === '') throw new TypeError('file: a path or ":memory:" is needed');
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0) {
    throw new TypeError('busyTimeoutMs: a whole number of milliseconds is needed');
  }
  if (!Number.isSafeInteger(maxPages) || maxPages < 0) throw new TypeError('maxPages: a whole number is needed');
  const isInMemory = file === ':memory:';
  if (!isInMemory) await makePrivateFile(file);
  const synchronous = survives === 'machine' ? 'FULL' : 'NORMAL';
  const thread = { file, synchronous, busyTimeoutMs, maxPages } as const;
  const writer = await openSqliteThread({ ...thread, isReader: false });
  let reader: SqliteThread | undefined;
  try {
    const query = new Kysely<Tables>({ dialect: sqliteDialect(writer) });
    const migrated = options.migrate === 'off' ? await demandMigrated(query) : await migrate(query);
    reader = isInMemory ? writer : await openSqliteThread({ ...thread, isReader: true });
    const reports = reader;
    const log = scrubbedLog(writer, reports);
    const database: SqlDatabase = {
      query,
      write: writer.write,
      read: (statements, lane) => (lane === 'report' ? log.read : writer.read)(statements),
      scrub: log.scrub,
    };
    return {
      ...storesOn(database, now),
      migrated,
      ensurePartitions: () => Promise.resolve(),
      get isUsable() {
        return writer.isUsable && reports.isUsable;
      },
      async close() {
        if (reports !== writer) await reports.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/** SQLite gives its side files the mode of the database. */
async function makePrivateFile(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a', 0o600);
    await handle.close();
    await chmod(file, 0o600);
  } catch (cause) {
    throw new GatewayError('STORE_UNAVAILABLE', `the database file cannot be written: ${file}`, { cause });
  }
}
