import { afterAll, afterEach, beforeAll } from 'vitest';
import { openPostgresStores, type PostgresStoresOptions } from '../../../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../../../src/stores/sql/stores.ts';
import { type PostgresServer, type PostgresServerOptions, startPostgres } from '../../support/postgres-server.ts';

/** A PostgreSQL server for the tests of one group. */
export interface PostgresDatabases {
  readonly server: PostgresServer;
  /** The URL of a new database at this version, without entries. */
  migrated(): Promise<string>;
  /** Opens stores that the end of the test closes: in a new database, unless a URL says otherwise. */
  open(options?: Partial<PostgresStoresOptions>): Promise<Stores>;
}

/** To be called in a group of tests: starts the server before them and stops it after them. */
export function usePostgres(options: PostgresServerOptions = {}): PostgresDatabases {
  let server: PostgresServer | undefined;
  let template = '';
  const opened: Stores[] = [];

  beforeAll(async () => {
    server = await startPostgres(options);
    template = await server.database();
    await (await openPostgresStores({ url: template })).close();
  });
  afterEach(async () => {
    for (const stores of opened.splice(0).reverse()) await stores.close();
  });
  afterAll(() => server?.stop());

  const databases: PostgresDatabases = {
    get server() {
      if (server === undefined) throw new Error('the server runs during tests only');
      return server;
    },
    migrated: () => databases.server.database(template),
    async open(given = {}) {
      const stores = await openPostgresStores({ ...given, url: given.url ?? (await databases.migrated()) });
      opened.push(stores);
      return stores;
    },
  };
  return databases;
}
