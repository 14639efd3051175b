import { type Kysely, type RawBuilder, sql } from 'kysely';

/** What columns are in the dialect of a database. */
export interface ColumnTypes {
  readonly isPostgres: boolean;
  /** Compared byte by byte in both dialects: by the rules of a language, the order would change with the machine. */
  readonly text: 'text' | RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

/** Tells the dialects apart: SQLite's has one connection. */
export function columnTypes(db: Pick<Kysely<unknown>, 'getExecutor'>): ColumnTypes {
  const isPostgres = db.getExecutor().adapter.supportsMultipleConnections === true;
  return {
    isPostgres,
    text: isPostgres ? sql`text collate "C"` : 'text',
    bytes: isPostgres ? sql`bytea` : sql`blob`,
  };
}
