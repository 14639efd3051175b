import type { Kysely } from 'kysely';

/** Tells the dialects apart: SQLite's has one connection. */
export function isPostgres(db: Pick<Kysely<unknown>, 'getExecutor'>): boolean {
  return db.getExecutor().adapter.supportsMultipleConnections === true;
}
