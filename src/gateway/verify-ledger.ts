import type { Clock } from '../model/clock.ts';
import type { LedgerChecks, LedgerDifference, LedgerSpan } from '../stores/ledger-checks.ts';
import { type Counters, verifyCounters } from './verify-counters.ts';
import { verifyLevels } from './verify-levels.ts';
import { watchSignal } from './watch-signal.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Slices grow and shrink by how long the last one took, from one hour to a day. */
const quickMs = 50;
const slowMs = 250;
const mostKept = 100;

export interface VerifyLedgerOptions {
  readonly checks: LedgerChecks;
  readonly clock: Clock;
  /** Only what was created in it, at whole hours; budgets are left out then. Default: everything. */
  readonly span?: LedgerSpan;
  /** What counts money; compared with what is booked. Default: it is left out. */
  readonly counters?: Counters;
  /** Rests after each slice so many times as long as it took. Default: 0. */
  readonly restRatio?: number;
  /** Ends after the slice that runs. */
  readonly signal?: AbortSignal;
}

/** What became of a verification. */
export interface LedgerVerification {
  /** Absent where there is nothing yet. */
  readonly span?: LedgerSpan;
  readonly completions: number;
  readonly attempts: number;
  /** The first 100. */
  readonly differences: readonly LedgerDifference[];
  /** How many were found; of each kind at most 20 in a slice are looked for. */
  readonly found: number;
  /** False where the signal came first. */
  readonly isComplete: boolean;
}

/** Waits between slices, so that others get the database. */
export type Rest = () => Promise<void>;

/**
 * Compares the ledger's rows with its roll-ups, and these with each other, in slices: none of them holds up for long who asks
 * meanwhile. What is written meanwhile is no difference.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export async function verifyLedger(options: VerifyLedgerOptions): Promise<LedgerVerification> {
  const { checks, clock, counters, restRatio = 0, signal } = options;
  const recorded = await checks.span();
  const span = recorded === undefined ? undefined : spanOf(recorded, clock.now(), options.span);
  const differences: LedgerDifference[] = [];
  let found = 0;
  let completions = 0;
  let attempts = 0;
  let lastRestedAt = clock.monotonicMs();
  let lastWorkedMs = 0;

  function add(more: readonly LedgerDifference[]): void {
    found += more.length;
    differences.push(...more.slice(0, mostKept - differences.length));
  }

  async function rest(): Promise<void> {
    lastWorkedMs = clock.monotonicMs() - lastRestedAt;
    if (restRatio > 0) await pause(clock, lastWorkedMs * restRatio, signal);
    lastRestedAt = clock.monotonicMs();
  }

  for (const slice of span === undefined ? [] : slicesOf(span, () => lastWorkedMs)) {
    if (signal?.aborted === true) break;
    const check = await checks.hours(slice);
    completions += check.completions;
    attempts += check.attempts;
    add(check.differences);
    await rest();
  }
  for (const day of span === undefined ? [] : daysOf(span)) {
    if (signal?.aborted === true) break;
    add(await checks.days(day));
    await rest();
  }
  for (const month of span === undefined ? [] : monthsOf(span)) {
    if (signal?.aborted === true) break;
    add(await checks.months(month));
    await rest();
  }
  if (span !== undefined && options.span === undefined && signal?.aborted !== true) {
    add(await verifyLevels(checks, () => slicesOf(span, () => lastWorkedMs), span.to, rest, signal));
    if (counters !== undefined) add(await verifyCounters(checks, counters, clock));
  }
  return {
    ...(span === undefined ? {} : { span }),
    completions,
    attempts,
    differences,
    found,
    isComplete: signal?.aborted !== true,
  };
}

/** What is recorded and, where nothing else is asked for, what will be until the end of the next hour. */
function spanOf(recorded: LedgerSpan, now: number, asked: LedgerSpan | undefined): LedgerSpan | undefined {
  const soon = now - (now % hourMs) + 2 * hourMs;
  const from = Math.max(recorded.from, asked?.from ?? 0);
  const to = Math.min(Math.max(recorded.to, soon), asked?.to ?? Number.POSITIVE_INFINITY);
  return from < to ? { from, to } : undefined;
}

/** Whole hours, more of them at once while they are quick. */
function* slicesOf({ from, to }: LedgerSpan, lastWorkedMs: () => number): Generator<LedgerSpan> {
  let hours = 1;
  for (let start = from; start < to; ) {
    const end = Math.min(start + hours * hourMs, to);
    yield { from: start, to: end };
    const tookMs = lastWorkedMs();
    if (tookMs < quickMs) hours = Math.min(24, hours * 2);
    if (tookMs > slowMs) hours = 1;
    start = end;
  }
}

function* daysOf({ from, to }: LedgerSpan): Generator<LedgerSpan> {
  for (let day = from - (from % dayMs); day < to; day += dayMs) yield { from: day, to: day + dayMs };
}

function* monthsOf({ from, to }: LedgerSpan): Generator<LedgerSpan> {
  const first = new Date(from);
  for (let index = first.getUTCMonth(); ; index++) {
    const start = Date.UTC(first.getUTCFullYear(), index);
    if (start >= to) return;
    yield { from: start, to: Date.UTC(first.getUTCFullYear(), index + 1) };
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0 || signal?.aborted === true) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  const forget = signal === undefined ? undefined : watchSignal(signal, resolve);
  await promise;
  cancel();
  forget?.();
}
