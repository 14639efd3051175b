import { type RawBuilder, sql } from 'kysely';
import { attemptColumns, completionColumns, outcomeColumns } from '../ledger-columns.ts';

/** A completion that has ended, as a journal ships it. */
export const endedColumns = [
  ...completionColumns,
  'error',
  'endpoint_id',
  'finish_reason',
  'finished_at',
  'first_token_ms',
  'overhead_ms',
  'receipt',
] as const;

/** An attempt of it, as it was booked when the completion ended. */
export const triedColumns = [
  ...attemptColumns,
  'outcome',
  'status',
  'error',
  'duration_ms',
  'first_token_ms',
  'provider_cost',
  'is_assumed',
  'is_counted',
] as const;

/** What is known for certain of an attempt, its correction where it has one. */
export const knownColumns = ['started_at', 'id', ...outcomeColumns, 'corrected_at'] as const;

const doubles: ReadonlySet<string> = new Set(['first_token_ms', 'overhead_ms', 'duration_ms']);
const integers: ReadonlySet<string> = new Set([
  'created_at',
  'hour',
  'estimated_input_tokens',
  'max_output_tokens',
  'finished_at',
  'facts_until',
  'started_at',
  'completion_created_at',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cache_write_long_tokens',
  'cost',
  'is_estimated',
  'is_assumed',
  'is_counted',
  'status',
  'provider_cost',
  'corrected_at',
  'resets_at',
]);

/** A JSON document of rows as a table, in PostgreSQL's SQL. */
export function rowsOf(document: unknown, columns: readonly string[], alias: string): RawBuilder<unknown> {
  const typed = columns.map(name => {
    const type = integers.has(name) ? 'bigint' : doubles.has(name) ? 'double precision' : 'text';
    return sql`${sql.ref(name)} ${sql.raw(type)}`;
  });
  return sql`json_to_recordset(cast(${document} as json)) as ${sql.ref(alias)}(${sql.join(typed)})`;
}

/** A table's rows as one JSON document with its members named as the columns, in SQLite's SQL. */
export function asDocument(columns: readonly (readonly [string, RawBuilder<unknown>])[]): RawBuilder<string> {
  const members = columns.flatMap(([name, value]) => [sql.lit(name), value]);
  return sql<string>`json_group_array(json_object(${sql.join(members)}))`;
}
