import { type RawBuilder, sql } from 'kysely';
import { badInput, GatewayError } from '../../errors.ts';
import type {
  LedgerStore,
  UsageDimension,
  UsageGroup,
  UsageInterval,
  UsageOrder,
  UsageQuery,
} from '../ledger-store.ts';
import { hourMs } from './ledger-rows.ts';
import { once } from './prepared.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';
import { usageFacts } from './usage-facts.ts';
import { groupKeys, seriesOf, subtractTotals, totalsOf } from './usage-totals.ts';

const columnOf: Readonly<Record<UsageDimension, string>> = {
  PROJECT: 'project_id',
  API_KEY: 'api_key_id',
  USER: 'user_name',
  MODEL: 'model_id',
  PROVIDER: 'provider_id',
  VENDOR: 'vendor',
  REGION: 'region',
  WORKLOAD: 'workload',
  STATUS: 'completion_status',
};
const orderColumn: Readonly<Record<UsageOrder, string>> = {
  COST: 'cost',
  REQUESTS: 'requests',
  OUTPUT_TOKENS: 'output_tokens',
};
/** Weeks and months are put together from days. */
const bucketMs: Readonly<Record<UsageInterval, number>> = {
  MINUTE: 60_000,
  HOUR: hourMs,
  DAY: 24 * hourMs,
  WEEK: 24 * hourMs,
  MONTH: 24 * hourMs,
};
const seriesRowLimit = 100_000;
const groupLimit = 1000;
const labelLimit = 8;

/** The columns of `UsageTotals`, added up. */
export const usageSums = sql`
  coalesce(sum(requests), 0) as requests,
  coalesce(sum(case when completion_status in ('FAILED', 'INCOMPLETE') then requests else 0 end), 0) as failures,
  coalesce(sum(case when completion_status = 'REFUSED' then requests else 0 end), 0) as refusals,
  coalesce(sum(input_tokens), 0) as input_tokens,
  coalesce(sum(output_tokens), 0) as output_tokens,
  coalesce(sum(reasoning_tokens), 0) as reasoning_tokens,
  coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
  coalesce(sum(cache_write_tokens), 0) as cache_write_tokens,
  coalesce(sum(cost), 0) as cost`;

/** Answers questions of usage: every part of a report is read from one snapshot, so that the parts add up. */
export function usageReporter({ query, read }: SqlDatabase): LedgerStore['usage'] {
  function statement(raw: RawBuilder<unknown>): SqlCall {
    return once({ compile: () => raw.compile(query) });
  }

  return async usage => {
    checkQuery(usage);
    const { groupBy, groupByLabels, interval, first } = usage;
    const isGrouped = groupBy.length + groupByLabels.length > 0;
    const facts = usageFacts(query, usage);
    const keyed = sql`with facts as (${facts}), keyed as (${keyedFacts(usage)})`;
    const keys = sql.join([...groupBy, ...groupByLabels].map((_, index) => sql.ref(`g${index}`)));
    const order = sql`order by ${sql.ref(orderColumn[usage.orderBy])} desc, ${keys}`;
    const width = interval === undefined ? undefined : sql.lit(bucketMs[interval]);
    const bucket = sql`at - at % ${width} as bucket`;
    const limit = sql.lit(seriesRowLimit + 1);

    const statements = [statement(sql`with facts as (${facts}) select ${usageSums} from facts`)];
    if (isGrouped) {
      statements.push(
        statement(
          sql`${keyed} select ${keys}, ${usageSums} from keyed group by ${keys} ${order} limit ${sql.lit(first + 1)}`,
        ),
      );
    }
    if (width !== undefined) {
      statements.push(
        statement(
          sql`with facts as (${facts}), cut as (select facts.*, ${bucket} from facts)
            select bucket, ${usageSums} from cut group by bucket order by bucket limit ${limit}`,
        ),
      );
    }
    if (width !== undefined && isGrouped) {
      const isTop = sql.join(
        [...groupBy, ...groupByLabels].map(
          (_, index) => sql`${sql.ref(`top.t${index}`)} = ${sql.ref(`keyed.g${index}`)}`,
        ),
        sql` and `,
      );
      const topKeys = sql.join([...groupBy, ...groupByLabels].map((_, index) => sql.ref(`t${index}`)));
      const renamed = sql.join(
        [...groupBy, ...groupByLabels].map((_, index) => sql`${sql.ref(`g${index}`)} as ${sql.ref(`t${index}`)}`),
      );
      statements.push(
        statement(
          sql`${keyed},
            ranked as (select ${keys}, ${usageSums} from keyed group by ${keys} ${order} limit ${sql.lit(first)}),
            top as (select ${renamed} from ranked),
            cut as (select keyed.*, top.*, ${bucket} from keyed inner join top on ${isTop})
            select ${topKeys}, bucket, ${usageSums} from cut group by ${topKeys}, bucket order by bucket limit ${limit}`,
        ),
      );
    }
    const results = [...(await read(statements, 'report'))];
    const total = totalsOf(results.shift()?.[0]);
    const ranked = isGrouped ? (results.shift() ?? []) : [];
    const series = width === undefined ? [] : (results.shift() ?? []);
    const groupSeries = width === undefined || !isGrouped ? [] : (results.shift() ?? []);
    checkSeries(series, groupSeries);

    const pointsByGroup = Map.groupBy(groupSeries, row => groupName(row, 't', usage));
    const groups = ranked.slice(0, first).map(
      (row): UsageGroup => ({
        keys: groupKeys(row, groupBy, groupByLabels),
        total: totalsOf(row),
        series: seriesOf(pointsByGroup.get(groupName(row, 'g', usage)) ?? [], interval),
      }),
    );
    return {
      total,
      groups,
      ...(ranked.length > first
        ? { others: groups.reduce((rest, group) => subtractTotals(rest, group.total), total) }
        : {}),
      series: seriesOf(series, interval),
    };
  };
}

/** Facts with the columns g0, g1 … that they are grouped by; a label's value stands behind `=`, no label is empty. */
function keyedFacts({ groupBy, groupByLabels }: UsageQuery): RawBuilder<unknown> {
  const joins = groupByLabels.map((name, index) => {
    const table = sql.ref(`l${index}`);
    return sql` left join label_entry as ${table} on ${table}.labels_key = facts.labels_key and ${table}.name = ${name}`;
  });
  const columns = [
    ...groupBy.map((dimension, index) => sql`${sql.ref(`facts.${columnOf[dimension]}`)} as ${sql.ref(`g${index}`)}`),
    ...groupByLabels.map(
      (_, index) =>
        sql`case when ${sql.ref(`l${index}.value`)} is null then '' else '=' || ${sql.ref(`l${index}.value`)} end
          as ${sql.ref(`g${groupBy.length + index}`)}`,
    ),
  ];
  const all = sql.join([sql`facts.*`, ...columns]);
  return sql`select ${all} from facts${joins.length === 0 ? sql`` : sql.join(joins, sql` `)}`;
}

function groupName(row: SqlRow, prefix: 'g' | 't', { groupBy, groupByLabels }: UsageQuery): string {
  return JSON.stringify(Array.from({ length: groupBy.length + groupByLabels.length }, (_, i) => row[`${prefix}${i}`]));
}

function checkQuery({ filter, groupBy, groupByLabels, first }: UsageQuery): void {
  if (!Number.isSafeInteger(first) || first < 1 || first > groupLimit)
    throw badInput('first', `must be from 1 to ${groupLimit}`);
  if (groupByLabels.length > labelLimit) throw badInput('groupByLabels', `takes at most ${labelLimit} labels`);
  if (groupBy.length > 2 * Object.keys(columnOf).length) throw badInput('groupBy', 'names too many dimensions');
  for (const name of ['from', 'to'] as const) {
    const at = filter[name];
    if (at !== undefined && (!Number.isSafeInteger(at) || at < 0))
      throw badInput(`filter.${name}`, 'is not an instant since 1970');
  }
}

function checkSeries(...series: readonly (readonly SqlRow[])[]): void {
  if (series.every(rows => rows.length <= seriesRowLimit)) return;
  throw new GatewayError(
    'BAD_USER_INPUT',
    `interval: more than ${seriesRowLimit} points; ask for a longer interval, a shorter time or fewer groups`,
    { path: 'interval' },
  );
}
