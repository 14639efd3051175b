import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteThread } from './sqlite-thread.ts';

/**
 * Kysely over a SQLite thread: builds all statements, and executes the migrations.
 *
 * Migrations run before anything else does, so their transaction meets no batch of writes.
 */
export function sqliteDialect(thread: SqliteThread): Dialect {
  const adapter = new SqliteAdapter();
  return {
    createAdapter: () => ({
      supportsMultipleConnections: false,
      supportsCreateIfNotExists: adapter.supportsCreateIfNotExists,
      supportsTransactionalDdl: true,
      supportsReturning: true,
      supportsOutput: false,
      acquireMigrationLock: () => Promise.resolve(),
      releaseMigrationLock: () => Promise.resolve(),
    }),
    createDriver: () => sqliteDriver(thread),
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

function sqliteDriver(thread: SqliteThread): Driver {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, changes } = await thread.execute(sql, parameters);
      return { rows: rows as R[], numAffectedRows: changes };
    },
    // biome-ignore lint/correctness/useYield: statements are read whole
    async *streamQuery() {
      throw new TypeError('streamQuery: not offered');
    },
  };
  const run = async (sql: string) => {
    await connection.executeQuery(CompiledQuery.raw(sql));
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: () => run('BEGIN IMMEDIATE'),
    commitTransaction: () => run('COMMIT'),
    rollbackTransaction: () => run('ROLLBACK'),
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
}
