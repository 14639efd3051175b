import { median } from './figures.ts';
import type { NodesResult } from './nodes-client.ts';

/** How requests are sent: as fast as answers come, so many a second, or as streams. */
export type Load = 'saturated' | 'paced' | 'streams';

export interface NodesSample extends NodesResult {
  readonly variant: string;
  readonly load: Load;
}

/** The median over the rounds, the lowest and the highest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface NodesFigure {
  readonly variant: string;
  readonly load: Load;
  readonly perSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** CPU for each request, in microseconds, by kind of process. */
  readonly micros: Readonly<Record<string, Spread>>;
  readonly behind: Spread;
  readonly drainMs: Spread;
  readonly rounds: number;
  readonly failures: number;
}

/** What one variant costs beyond another, in microseconds of CPU for each request, by kind of process. */
export interface Difference {
  readonly load: Load;
  readonly of: string;
  readonly over: string;
  readonly micros: Readonly<Record<string, Spread>>;
}

/** Sums up values of several rounds. */
export function spreadOf(values: readonly number[]): Spread {
  const rounded = (value: number) => (Math.abs(value) < 20 ? Math.round(value * 100) / 100 : Math.round(value));
  return { median: rounded(median(values)), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) };
}

export function figuresOfNodes(samples: readonly NodesSample[]): readonly NodesFigure[] {
  return [...groupsOf(samples).values()].map(group => {
    const spread = (value: (sample: NodesSample) => number) => spreadOf(group.map(value));
    const [first] = group;
    const kinds = Object.keys(first?.micros ?? {});
    return {
      variant: first?.variant ?? '',
      load: first?.load ?? 'saturated',
      perSecond: spread(({ requests, seconds }) => requests / seconds),
      p50Ms: spread(({ p50Ms }) => p50Ms),
      p99Ms: spread(({ p99Ms }) => p99Ms),
      micros: Object.fromEntries(kinds.map(kind => [kind, spread(sample => microsOf(sample, kind))])),
      behind: spread(({ behind }) => behind),
      drainMs: spread(({ drainMs }) => drainMs),
      rounds: group.length,
      failures: group.reduce((sum, { failures }) => sum + failures, 0),
    };
  });
}

/** Within each round, since what disturbs the machine disturbs both. */
export function differenceOf(samples: readonly NodesSample[], load: Load, of: string, over: string): Difference {
  const [upper = [], lower = []] = [of, over].map(variant => groupsOf(samples).get(`${load} ${variant}`));
  const kinds = Object.keys(upper[0]?.micros ?? {});
  const differences = (kind: string) =>
    upper.flatMap((sample, round) => {
      const other = lower[round];
      return other === undefined ? [] : [microsOf(sample, kind) - microsOf(other, kind)];
    });
  return { load, of, over, micros: Object.fromEntries(kinds.map(kind => [kind, spreadOf(differences(kind))])) };
}

function groupsOf(samples: readonly NodesSample[]): Map<string, NodesSample[]> {
  return Map.groupBy(samples, ({ load, variant }) => `${load} ${variant}`);
}

function microsOf({ micros, requests }: NodesSample, kind: string): number {
  return (micros[kind] ?? 0) / requests;
}

const kinds = ['gateway', 'main', 'redis', 'postgres', 'client', 'mock'];

/** The figures as Markdown tables, one for each load. */
export function writeNodesTables(figures: readonly NodesFigure[]): string {
  return [...Map.groupBy(figures, ({ load }) => load)]
    .map(([load, rows]) =>
      [
        `CPU µs for each request, ${load}\n`,
        '| variant | gateway | of it main thread | Redis | PostgreSQL | client | provider | per second | p50 ms | p99 ms | behind | shipped after ms | failures |',
        `|---|${'--:|'.repeat(12)}`,
        ...rows.map(row => {
          const cells = [
            ...kinds.map(kind => shown(row.micros[kind])),
            ...[row.perSecond, row.p50Ms, row.p99Ms, row.behind, row.drainMs].map(shown),
          ];
          return `| ${row.variant} | ${cells.join(' | ')} | ${row.failures} |`;
        }),
      ].join('\n'),
    )
    .join('\n\n');
}

export function writeDifferences(differences: readonly Difference[]): string {
  return [
    'What is added, CPU µs for each request\n',
    '| load | of | over | gateway | of it main thread | Redis | PostgreSQL |',
    `|---|---|---|${'--:|'.repeat(4)}`,
    ...differences.map(
      ({ load, of, over, micros }) =>
        `| ${load} | ${of} | ${over} | ${kinds
          .slice(0, 4)
          .map(kind => shown(micros[kind]))
          .join(' | ')} |`,
    ),
  ].join('\n');
}

function shown(spread: Spread | undefined): string {
  return spread === undefined ? '' : `${spread.median} (${spread.min} to ${spread.max})`;
}
