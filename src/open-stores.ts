import type { Config } from './config.ts';
import type { Stores } from './stores/sql/stores.ts';

/**
 * Opens the stores where the configuration says that they are, brought to this version unless it says otherwise.
 *
 * @param now Milliseconds since the epoch.
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export async function openStores({ database, migrate }: Config, now: () => number): Promise<Stores> {
  // Each is loaded only where it is used: it takes part of the start.
  if (database.kind === 'sqlite') {
    const { openSqliteStores } = await import('./stores/sqlite/open-sqlite-stores.ts');
    return await openSqliteStores({ file: database.path, migrate, now });
  }
  const { openPostgresStores } = await import('./stores/postgres/open-postgres-stores.ts');
  return await openPostgresStores({ url: database.url.reveal(), migrate, now });
}
