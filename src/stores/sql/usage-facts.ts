import { type RawBuilder, sql } from 'kysely';
import type { UsageDimension, UsageFilter, UsageQuery } from '../ledger-store.ts';
import { startsInSpan } from './attempt-window.ts';
import { amounts } from './column-lists.ts';
import { heldAmount, isHeldCorrection } from './held-outcome.ts';
import { endpointColumns, usageColumns } from './ledger-columns.ts';
import { hourMs } from './ledger-rows.ts';
import { monthAfter, monthStart } from './months.ts';
import { dayMs } from './roll-ups.ts';
import type { SqlDatabase } from './sql-database.ts';
import { endpointConditions, subjectConditions } from './usage-filter.ts';

const subject = ['project_id', 'api_key_id', 'user_name', 'workload', 'labels_key', 'completion_status'] as const;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What days and months are told apart by. */
const coarseDimensions: ReadonlySet<UsageDimension> = new Set([
  'PROJECT',
  'MODEL',
  'PROVIDER',
  'VENDOR',
  'REGION',
  'STATUS',
]);

/** Sources of facts, the coarsest first. */
const sources = ['month', 'day', 'hour', 'entry'] as const;
type Source = (typeof sources)[number];

/**
 * Everything that a filter lets through, as rows of one shape: the instant `at`, whom and what it counts for, amounts.
 *
 * Whole months and days come from their roll-ups, where nothing is asked that these do not tell apart; whole hours from that
 * by hour; and hours that the edges cut, and all of them where minutes are asked for, from the entries themselves. All of
 * them count a completion at its creation.
 */
export function usageFacts(query: SqlDatabase['query'], usage: UsageQuery): RawBuilder<unknown> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = usage.filter;
  return sql.join(factParts(query, usage.filter, coarsest(usage), { from, to }), sql` union all `);
}

function coarsest({ filter, interval, groupBy, groupByLabels }: UsageQuery): Source {
  if (interval === 'MINUTE') return 'entry';
  const isTold =
    groupByLabels.length === 0 &&
    groupBy.every(dimension => coarseDimensions.has(dimension)) &&
    [filter.apiKeyIds, filter.users, filter.workloads].every(list => list === undefined) &&
    (filter.labels ?? []).length === 0;
  if (interval === 'HOUR' || !isTold) return 'hour';
  return interval === undefined || interval === 'MONTH' ? 'month' : 'day';
}

/** What of a span is whole units of a source comes from it; what lies before and after, from the next finer one. */
function factParts(
  query: SqlDatabase['query'],
  filter: UsageFilter,
  source: Source,
  span: Span,
): readonly RawBuilder<unknown>[] {
  if (source === 'entry') return [entryFacts(query, filter, span)];
  const finer = sources[sources.indexOf(source) + 1] ?? 'entry';
  const whole = wholeUnits(span, source);
  if (whole === undefined) return factParts(query, filter, finer, span);
  const edges = [
    { from: span.from, to: whole.from },
    { from: whole.to, to: span.to },
  ].filter(({ from, to }) => from < to);
  return [
    source === 'hour' ? hourFacts(query, filter, whole) : coarseFacts(query, filter, source, whole),
    ...edges.flatMap(edge => factParts(query, filter, finer, edge)),
  ];
}

/** What of a span is whole months, days or hours; one without an end is whole to its end. */
function wholeUnits({ from, to }: Span, source: 'month' | 'day' | 'hour'): Span | undefined {
  const floor = (at: number) => {
    if (source === 'month') return monthStart(at);
    const unitMs = source === 'day' ? dayMs : hourMs;
    return at - (at % unitMs);
  };
  const down = floor(from);
  const first =
    down === from ? from : source === 'month' ? monthAfter(from) : down + (source === 'day' ? dayMs : hourMs);
  const last = to === Number.MAX_SAFE_INTEGER ? to : floor(to);
  return first < last ? { from: first, to: last } : undefined;
}

function coarseFacts(
  query: SqlDatabase['query'],
  filter: UsageFilter,
  source: 'month' | 'day',
  { from, to }: Span,
): RawBuilder<unknown> {
  const table = `usage_${source}` as const;
  const untold = (name: string) => sql<string>`cast('' as text)`.as(name);
  const at = sql.ref<number>(`${table}.${source}`);
  const select = query
    .selectFrom(table)
    .select(at.as('at'))
    .select('project_id')
    .select(['api_key_id', 'user_name', 'workload', 'labels_key'].map(untold))
    .select(['completion_status', ...endpointColumns, ...amounts])
    .where(at, '>=', from)
    .where(at, '<', to)
    .where(({ and }) => and([...subjectConditions(query, table, filter), ...endpointConditions(table, filter)]));
  return withoutParentheses(select);
}

function hourFacts(query: SqlDatabase['query'], filter: UsageFilter, { from, to }: Span): RawBuilder<unknown> {
  const select = query
    .selectFrom('usage_hour')
    .select(['hour as at', ...subject, ...endpointColumns, ...amounts])
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
    .leftJoin('attempt_correction as correction', join => join.on(isHeldCorrection))
    .select(['completion.created_at as at', ...subject.map(name => `completion.${name}` as const)])
    .select(endpointColumns.map(name => sql<string>`coalesce(${sql.ref(`attempt.${name}`)}, '')`.as(name)))
    .select(sql<bigint>`coalesce(attempt.is_counted, 1)`.as('requests'))
    .select(usageColumns.map(name => heldAmount(name).as(name)))
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
