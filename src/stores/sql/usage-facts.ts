import { type RawBuilder, sql } from 'kysely';
import type { UsageFilter } from '../ledger-store.ts';
import { startsInSpan } from './attempt-window.ts';
import { hourMs } from './ledger-rows.ts';
import type { SqlDatabase } from './sql-database.ts';
import { endpointConditions, subjectConditions } from './usage-filter.ts';

const amounts = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cost',
] as const;
const subject = ['project_id', 'api_key_id', 'user_name', 'workload', 'labels_key', 'completion_status'] as const;
const endpoint = ['model_id', 'provider_id', 'vendor', 'region'] as const;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Everything that a filter lets through, as rows of one shape: the instant `at`, whom and what it counts for, amounts.
 *
 * Whole hours come from the roll-ups; hours that the edges cut, and all of them where minutes are asked for, from the
 * entries themselves. Both count a completion at its creation.
 */
export function usageFacts(
  query: SqlDatabase['query'],
  filter: UsageFilter,
  needsMinutes: boolean,
): RawBuilder<unknown> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = filter;
  const firstHour = Math.ceil(from / hourMs) * hourMs;
  const lastHour = Math.floor(to / hourMs) * hourMs;
  if (needsMinutes || firstHour >= lastHour) return entryFacts(query, filter, { from, to });
  const parts = [hourFacts(query, filter, { from: firstHour, to: lastHour })];
  if (from < firstHour) parts.push(entryFacts(query, filter, { from, to: firstHour }));
  if (lastHour < to && filter.to !== undefined) parts.push(entryFacts(query, filter, { from: lastHour, to }));
  return sql`${sql.join(parts, sql` union all `)}`;
}

function hourFacts(query: SqlDatabase['query'], filter: UsageFilter, { from, to }: Span): RawBuilder<unknown> {
  const select = query
    .selectFrom('usage_hour')
    .select(['hour as at', ...subject, ...endpoint, 'requests', ...amounts])
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .where(({ and }) =>
      and([...subjectConditions(query, 'usage_hour', filter), ...endpointConditions('usage_hour', filter)]),
    );
  return withoutParentheses(select);
}

function entryFacts(query: SqlDatabase['query'], filter: UsageFilter, { from, to }: Span): RawBuilder<unknown> {
  const select = query
    .selectFrom('completion')
    .leftJoin('attempt', join => join.onRef('attempt.completion_id', '=', 'completion.id').on(startsInSpan(from, to)))
    .leftJoin('attempt_correction as correction', join =>
      join
        .onRef('correction.attempt_started_at', '=', 'attempt.started_at')
        .onRef('correction.attempt_id', '=', 'attempt.id')
        .onRef('correction.number', '=', 'attempt.correction'),
    )
    .select(['completion.created_at as at', ...subject.map(name => `completion.${name}` as const)])
    .select(endpoint.map(name => sql<string>`coalesce(${sql.ref(`attempt.${name}`)}, '')`.as(name)))
    .select(sql<bigint>`coalesce(attempt.is_counted, 1)`.as('requests'))
    .select(
      amounts.map(name =>
        sql<bigint>`coalesce(${sql.ref(`correction.${name}`)}, ${sql.ref(`attempt.${name}`)}, 0)`.as(name),
      ),
    )
    .where('completion.created_at', '>=', from)
    .where('completion.created_at', '<', to)
    .where('completion.completion_status', '<>', sql.lit('RUNNING'))
    .where(({ and }) =>
      and([...subjectConditions(query, 'completion', filter), ...endpointConditions('attempt', filter)]),
    );
  return withoutParentheses(select);
}

/** A select inside a template gets parentheses, which SQLite does not take around the members of a union. */
function withoutParentheses(select: { as(alias: 'fact'): unknown }): RawBuilder<unknown> {
  return sql`select * from ${select.as('fact')}`;
}
