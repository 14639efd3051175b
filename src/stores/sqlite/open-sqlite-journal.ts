import { rename } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import { openSqliteDatabase, type SqliteDatabase, type SqliteDatabaseOptions } from './sqlite-database.ts';

export interface SqliteJournalOptions extends SqliteDatabaseOptions {
  /** Told where a journal that cannot be used was moved to, and why. What it alone held is not recorded anywhere else. */
  readonly onQuarantined: (file: string, reason: string) => void;
  /** Milliseconds since the epoch, for the name of such a file. */
  readonly now: () => number;
}

/** What SQLite says of a file that is none of its own, or damaged. */
const damage = /malformed|not a database|unsupported file format/;

/**
 * Opens a node's journal. One that is damaged is moved aside, and a new one begun: a node must not stay away for ever because of it.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where the file cannot be written, or is newer than this code.
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<SqliteDatabase> {
  const { onQuarantined, now, ...databaseOptions } = options;
  const opened = await openWhole(databaseOptions);
  if (typeof opened !== 'string') return opened;
  const aside = `${options.file}.damaged-${now()}`;
  for (const suffix of ['-wal', '-shm', '']) await renameIfThere(`${options.file}${suffix}`, `${aside}${suffix}`);
  onQuarantined(aside, opened);
  return await openSqliteDatabase(databaseOptions);
}

/** @returns What is wrong with the file, where it is damaged. */
async function openWhole(options: SqliteDatabaseOptions): Promise<SqliteDatabase | string> {
  try {
    const database = await openSqliteDatabase(options);
    const found = await database.findDamage().catch((fault: unknown) => damageIn(fault) ?? String(fault));
    if (found === undefined) return database;
    await database.close().catch(() => {});
    return found;
  } catch (fault) {
    const found = damageIn(fault);
    if (found === undefined) throw fault;
    return found;
  }
}

function damageIn(fault: unknown): string | undefined {
  for (let each = fault; each instanceof Error; each = each.cause) {
    if (damage.test(each.message)) return each.message;
    if (each.cause === undefined && !(each instanceof GatewayError)) return undefined;
  }
  return undefined;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'ENOENT') throw fault;
  });
}
