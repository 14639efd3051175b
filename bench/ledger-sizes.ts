import type { PostgresServer } from '../test/support/postgres-server.ts';

export interface LedgerSizes {
  /** Of PostgreSQL. */
  readonly version: string;
  readonly completions: number;
  readonly attempts: number;
  /** Bytes for each completion, with its attempts and all their indexes. */
  readonly rowBytes: number;
  /** Of it, indexes. */
  readonly indexBytes: number;
  /** Bytes of the write-ahead log for each completion, whatever else was written included. */
  readonly logBytes: number;
  /** Bytes of all roll-ups, which grow with subjects, models and hours, and not with completions. */
  readonly rollUpBytes: number;
}

/** Where the write-ahead log ends. */
export async function logPosition(server: PostgresServer): Promise<string> {
  const [row = {}] = await server.ask(server.url, 'select pg_current_wal_lsn() as position');
  return String(row.position);
}

/** Looks how much room completions take in PostgreSQL, all of which came after a position of the write-ahead log. */
export async function ledgerSizes(server: PostgresServer, databaseUrl: string, since: string): Promise<LedgerSizes> {
  const [row = {}] = await server.ask(
    databaseUrl,
    `with tables as (
       select relname, pg_total_relation_size(oid) as bytes, pg_indexes_size(oid) as index_bytes
       from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
     )
     select current_setting('server_version') as version,
       (select count(*) from completion) as completions,
       (select count(*) from attempt) as attempts,
       sum(bytes) filter (where relname ~ '^(completion|attempt)_(p?[0-9]|default)') as row_bytes,
       sum(index_bytes) filter (where relname ~ '^(completion|attempt)_(p?[0-9]|default)') as index_bytes,
       sum(bytes) filter (where relname ~ '^(usage_|budget_total)') as roll_up_bytes,
       pg_current_wal_lsn() - '${since}' as log_bytes
     from tables`,
  );
  const completions = Number(row.completions);
  const each = (value: unknown) => Math.round(Number(value) / completions);
  return {
    version: String(row.version).split(' ')[0] ?? '',
    completions,
    attempts: Number(row.attempts),
    rowBytes: each(row.row_bytes),
    indexBytes: each(row.index_bytes),
    logBytes: each(row.log_bytes),
    rollUpBytes: Number(row.roll_up_bytes),
  };
}
