import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isPostgres } from '../dialect.ts';

/** What columns are in the dialect of a database. */
export interface ColumnTypes {
  readonly isPostgres: boolean;
  /** Compared byte by byte in both dialects: by the rules of a language, the order would change with the machine. */
  readonly text: 'text' | RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

/** Tells what columns are to be in a database that is migrated. */
export function columnTypes(db: Pick<Kysely<unknown>, 'getExecutor'>): ColumnTypes {
  const inPostgres = isPostgres(db);
  return {
    isPostgres: inPostgres,
    text: inPostgres ? sql`text collate "C"` : 'text',
    bytes: inPostgres ? sql`bytea` : sql`blob`,
  };
}
