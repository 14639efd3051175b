import type { LoadResult } from './load-client.ts';

/** What is measured: whole answers, or streams at one of the paces. */
export type Subject = 'unary' | 'single' | 'eight';

export interface Sample extends LoadResult {
  readonly subject: Subject;
  readonly gateway: string;
}

/** The figures of one gateway in one subject, over all rounds. CPU in microseconds per answer or per token. */
export interface Figure {
  readonly subject: Subject;
  readonly gateway: string;
  readonly medianMicros: number;
  readonly minMicros: number;
  readonly maxMicros: number;
  /** The part of the median that the main thread uses. */
  readonly mainMedianMicros: number;
  /** Median over the rounds of this gateway's cost over the bare proxy's in the same round. */
  readonly timesBare: number;
  readonly perSecond: number;
  /** How busy the gateway's process was: one core is 1. */
  readonly utilisation: number;
  readonly rounds: number;
  readonly failures: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** @param rounds The samples of each round; `bare` is the name of what all others are divided by. */
export function figuresOf(rounds: readonly (readonly Sample[])[], bare: string): readonly Figure[] {
  const [first = []] = rounds;
  return first.map(({ subject, gateway }) => {
    const samples = rounds.flatMap(round => round.filter(sample => isOf(sample, subject, gateway)));
    const ratios = rounds.flatMap(round => {
      const own = round.find(sample => isOf(sample, subject, gateway));
      const yardstick = round.find(sample => isOf(sample, subject, bare));
      return own === undefined || yardstick === undefined ? [] : [microsOf(own) / microsOf(yardstick)];
    });
    const micros = samples.map(microsOf);
    return {
      subject,
      gateway,
      medianMicros: rounded(median(micros)),
      minMicros: rounded(Math.min(...micros)),
      maxMicros: rounded(Math.max(...micros)),
      mainMedianMicros: rounded(median(samples.map(sample => sample.mainMicros / sample.count))),
      timesBare: Math.round(median(ratios) * 100) / 100,
      perSecond: Math.round(median(samples.map(({ count, windowMs }) => (count / windowMs) * 1_000))),
      utilisation: Math.round(median(samples.map(sample => sample.allMicros / 1_000 / sample.windowMs)) * 100) / 100,
      rounds: samples.length,
      failures: samples.reduce((sum, sample) => sum + sample.failures, 0),
    };
  });
}

function isOf(sample: Sample, subject: Subject, gateway: string): boolean {
  return sample.subject === subject && sample.gateway === gateway;
}

function microsOf({ allMicros, count }: LoadResult): number {
  return allMicros / count;
}

function rounded(micros: number): number {
  return micros < 20 ? Math.round(micros * 10) / 10 : Math.round(micros);
}

const titles: Readonly<Record<Subject, string>> = {
  unary: 'CPU per unary request',
  single: 'CPU per streamed token, one token in each read',
  eight: 'CPU per streamed token, eight tokens in each read',
};

/** The figures as Markdown tables, one for each subject. */
export function writeTables(figures: readonly Figure[]): string {
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  return subjects
    .map(subject => {
      const rows = figures
        .filter(figure => figure.subject === subject)
        .map(
          figure =>
            `| ${figure.gateway} | ${figure.medianMicros} | ${figure.minMicros}–${figure.maxMicros} | ${figure.mainMedianMicros} | ${figure.timesBare.toFixed(2)} | ${figure.perSecond} | ${Math.round(figure.utilisation * 100)} % | ${figure.failures} |`,
        );
      return [
        `${titles[subject]}\n`,
        '| gateway | µs, median | min–max | of it main thread | × bare | per second | of a core | failures |',
        '|---|--:|--:|--:|--:|--:|--:|--:|',
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}
