import type { UsageDimension, UsageInterval, UsageKey, UsagePoint, UsageTotals } from '../ledger-store.ts';
import { monthStart } from './months.ts';
import type { SqlRow } from './sql-database.ts';

const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday: the Monday before it lies three days back. */
const mondayOffsetMs = 3 * dayMs;

/** Reads sums from a row; nothing where there is none. */
export function totalsOf(row: SqlRow | undefined): UsageTotals {
  return {
    requests: Number(row?.requests ?? 0),
    failures: Number(row?.failures ?? 0),
    refusals: Number(row?.refusals ?? 0),
    inputTokens: Number(row?.input_tokens ?? 0),
    outputTokens: Number(row?.output_tokens ?? 0),
    reasoningTokens: Number(row?.reasoning_tokens ?? 0),
    cachedInputTokens: Number(row?.cached_input_tokens ?? 0),
    cacheWriteTokens: Number(row?.cache_write_tokens ?? 0),
    cost: typeof row?.cost === 'bigint' ? row.cost : 0n,
  };
}

function combine(left: UsageTotals, right: UsageTotals, sign: 1 | -1): UsageTotals {
  return {
    requests: left.requests + sign * right.requests,
    failures: left.failures + sign * right.failures,
    refusals: left.refusals + sign * right.refusals,
    inputTokens: left.inputTokens + sign * right.inputTokens,
    outputTokens: left.outputTokens + sign * right.outputTokens,
    reasoningTokens: left.reasoningTokens + sign * right.reasoningTokens,
    cachedInputTokens: left.cachedInputTokens + sign * right.cachedInputTokens,
    cacheWriteTokens: left.cacheWriteTokens + sign * right.cacheWriteTokens,
    cost: left.cost + BigInt(sign) * right.cost,
  };
}

/** What is left of `from` without `part`. */
export function subtractTotals(from: UsageTotals, part: UsageTotals): UsageTotals {
  return combine(from, part, -1);
}

/** The start of the interval that holds an instant, in UTC. */
export function intervalStart(at: number, interval: UsageInterval): number {
  if (interval === 'MINUTE') return at - (at % 60_000);
  if (interval === 'HOUR') return at - (at % 3_600_000);
  if (interval === 'DAY') return at - (at % dayMs);
  if (interval === 'WEEK') return at - ((at + mondayOffsetMs) % (7 * dayMs));
  return monthStart(at);
}

/** Points in rising order, from rows with a `bucket` that rise; those of one interval are added up. */
export function seriesOf(rows: readonly SqlRow[], interval: UsageInterval | undefined): readonly UsagePoint[] {
  if (interval === undefined) return [];
  const points = new Map<number, UsageTotals>();
  for (const row of rows) {
    const at = intervalStart(Number(row.bucket), interval);
    const known = points.get(at);
    const total = totalsOf(row);
    points.set(at, known === undefined ? total : combine(known, total, 1));
  }
  return [...points].map(([at, total]) => ({ at, total }));
}

/** What a group is grouped by, from the columns g0, g1 …; a key without a value stands for "none". */
export function groupKeys(
  row: SqlRow,
  dimensions: readonly UsageDimension[],
  labels: readonly string[],
): readonly UsageKey[] {
  return [
    ...dimensions.map((dimension, index): UsageKey => {
      const value = String(row[`g${index}`]);
      return value === '' ? { dimension } : { dimension, value };
    }),
    ...labels.map((label, index): UsageKey => {
      const value = String(row[`g${dimensions.length + index}`]);
      return value === '' ? { label } : { label, value: value.slice(1) };
    }),
  ];
}
