import { type RawBuilder, sql } from 'kysely';
import type { UsageDimension, UsageFilter, UsageQuery } from '../ledger-store.ts';
import { startsInSpan } from './attempt-window.ts';
import { hourMs } from './ledger-rows.ts';
import { dayMs } from './roll-ups.ts';
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

/** What days are told apart by. */
const dayDimensions: ReadonlySet<UsageDimension> = new Set([
  'PROJECT',
  'MODEL',
  'PROVIDER',
  'VENDOR',
  'REGION',
  'STATUS',
]);

/**
 * Everything that a filter lets through, as rows of one shape: the instant `at`, whom and what it counts for, amounts.
 *
 * Whole days come from the roll-up by day, where nothing is asked that it does not tell apart; else whole hours from that by
 * hour. Hours that the edges cut, and all of them where minutes are asked for, come from the entries themselves. All of them
 * count a completion at its creation.
 */
export function usageFacts(query: SqlDatabase['query'], usage: UsageQuery): RawBuilder<unknown> {
  const { filter, interval } = usage;
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = filter;
  const parts =
    interval === 'MINUTE'
      ? [entryFacts(query, filter, { from, to })]
      : isTold(usage)
        ? dayParts(query, filter, { from, to })
        : hourParts(query, filter, { from, to });
  return sql.join(parts, sql` union all `);
}

function isTold({ filter, interval, groupBy, groupByLabels }: UsageQuery): boolean {
  return (
    interval !== 'HOUR' &&
    groupByLabels.length === 0 &&
    groupBy.every(dimension => dayDimensions.has(dimension)) &&
    [filter.apiKeyIds, filter.users, filter.workloads].every(list => list === undefined) &&
    (filter.labels ?? []).length === 0
  );
}

/** A span in three: what lies before, within and after the whole units of a length. */
function cut({ from, to }: Span, unitMs: number): readonly [before: Span, whole: Span, after: Span] | undefined {
  const first = Math.ceil(from / unitMs) * unitMs;
  const last = Math.floor(to / unitMs) * unitMs;
  if (first >= last) return undefined;
  return [
    { from, to: first },
    { from: first, to: last },
    { from: to === Number.MAX_SAFE_INTEGER ? to : last, to },
  ];
}

function dayParts(query: SqlDatabase['query'], filter: UsageFilter, span: Span): RawBuilder<unknown>[] {
  const spans = cut(span, dayMs);
  if (spans === undefined) return hourParts(query, filter, span);
  const [before, whole, after] = spans;
  const edges = [before, after].filter(({ from, to }) => from < to);
  return [dayFacts(query, filter, whole), ...edges.flatMap(edge => hourParts(query, filter, edge))];
}

function hourParts(query: SqlDatabase['query'], filter: UsageFilter, span: Span): RawBuilder<unknown>[] {
  const spans = cut(span, hourMs);
  if (spans === undefined) return [entryFacts(query, filter, span)];
  const [before, whole, after] = spans;
  const edges = [before, after].filter(({ from, to }) => from < to);
  return [hourFacts(query, filter, whole), ...edges.map(edge => entryFacts(query, filter, edge))];
}

function dayFacts(query: SqlDatabase['query'], filter: UsageFilter, { from, to }: Span): RawBuilder<unknown> {
  const untold = (name: string) => sql<string>`cast('' as text)`.as(name);
  const select = query
    .selectFrom('usage_day')
    .select(['day as at', 'project_id'])
    .select(['api_key_id', 'user_name', 'workload', 'labels_key'].map(untold))
    .select(['completion_status', ...endpoint, 'requests', ...amounts])
    .where('day', '>=', from)
    .where('day', '<', to)
    .where(({ and }) =>
      and([...subjectConditions(query, 'usage_day', filter), ...endpointConditions('usage_day', filter)]),
    );
  return withoutParentheses(select);
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
