import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import { demandMigrated, migrate } from '../sql/migrate.ts';
import { once } from '../sql/prepared.ts';
import type { SqlDatabase } from '../sql/sql-database.ts';
import type { Tables } from '../sql/tables.ts';
import { scrubbedLog } from './scrubbed-log.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteThread, type SqliteThread } from './sqlite-thread.ts';

export interface SqliteDatabaseOptions {
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
}

/** A SQLite database as the stores see it. */
export interface SqliteDatabase extends SqlDatabase {
  /** The steps that opening it made to bring it to this version, by name. */
  readonly migrated: readonly string[];
  /** False once a thread of the database has died, or it was closed. */
  readonly isUsable: boolean;
  /** How much of the file is in use, in bytes. */
  usedBytes(): Promise<number>;
  /** Looks whether the file is whole. @returns What is wrong with it; undefined: nothing. */
  findDamage(): Promise<string | undefined>;
  /** Finishes what was asked before, then lets go of the file. */
  close(): Promise<void>;
}

/**
 * Opens a SQLite database, made and brought to this version where needed.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where it cannot be opened, is no database, or is newer than this code.
 */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const { file, survives = 'process', busyTimeoutMs = 5000, maxPages = 0 } = options;
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
  let migrated: readonly string[];
  try {
    const query = new Kysely<Tables>({ dialect: sqliteDialect(writer) });
    migrated = options.migrate === 'off' ? await demandMigrated(query) : await migrate(query);
    reader = isInMemory ? writer : await openSqliteThread({ ...thread, isReader: true });
  } catch (error) {
    await writer.close();
    throw error;
  }
  const reports = reader;
  const log = scrubbedLog(writer, reports);
  const query = new Kysely<Tables>({ dialect: sqliteDialect(writer) });
  const used = sql`
    select (page_count - freelist_count) * page_size as bytes
    from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`;
  const usedCall = once({ compile: () => used.compile(query) });
  return {
    query,
    migrated,
    write: writer.write,
    read: (statements, lane) => (lane === 'report' ? log.read : writer.read)(statements),
    scrub: log.scrub,
    get isUsable() {
      return writer.isUsable && reports.isUsable;
    },
    async usedBytes() {
      const [[row] = []] = await reports.read([usedCall]);
      return Number(row?.bytes ?? 0);
    },
    async findDamage() {
      const { rows } = await reports.execute('pragma quick_check(1)', []);
      const found = Object.values((rows[0] ?? {}) as Readonly<Record<string, unknown>>)[0];
      return found === 'ok' ? undefined : String(found);
    },
    async close() {
      if (reports !== writer) await reports.close();
      await writer.close();
    },
  };
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
