import { type Stores, storesOn } from '../sql/stores.ts';
import { openSqliteDatabase, type SqliteDatabaseOptions } from './sqlite-database.ts';

export interface SqliteStoresOptions extends SqliteDatabaseOptions {
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
  const { now = Date.now, ...databaseOptions } = options;
  const database = await openSqliteDatabase(databaseOptions);
  return {
    ...storesOn(database, now),
    migrated: database.migrated,
    ensurePartitions: () => Promise.resolve(),
    get isUsable() {
      return database.isUsable;
    },
    close: database.close,
  };
}
