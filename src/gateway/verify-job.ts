import type { Clock } from '../model/clock.ts';
import type { LedgerChecks } from '../stores/ledger-checks.ts';
import type { Counters } from './verify-counters.ts';
import { type LedgerVerification, verifyLedger } from './verify-ledger.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A day, and what may have begun before it. */
const recentMs = 26 * hourMs;
/** A fifth of the time at most is spent in the database. */
const restRatio = 4;

export interface VerifyJobOptions {
  readonly checks: LedgerChecks;
  readonly clock: Clock;
  /** Whether it is for this node to verify: of several, one does. Default: it is. */
  readonly isDue?: () => boolean;
  /** Compared with what is booked. Default: they are left out. */
  readonly counters?: Counters;
  /** Between the end of one verification and the next, in milliseconds. Default: an hour. */
  readonly everyMs?: number;
  /** Told how each came out; `isWhole`: all was looked at, not the last day alone. */
  readonly onVerified: (verification: LedgerVerification, isWhole: boolean) => void;
  /** One that failed is made again the next time. */
  readonly onFault: (cause: unknown) => void;
}

export interface VerifyJob {
  /** Ends after the slice that runs. */
  close(): Promise<void>;
}

/** Verifies the ledger: each hour what was created in the last day, once a day all of it. The first time after an hour. */
export function startVerifying(options: VerifyJobOptions): VerifyJob {
  const { checks, clock, counters, isDue = () => true, everyMs = hourMs, onVerified, onFault } = options;
  const stop = new AbortController();
  let wholeAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  let cancelTimer = clock.after(everyMs, begin);

  function begin(): void {
    if (isDue()) running = verify();
    else cancelTimer = clock.after(everyMs, begin);
  }

  async function verify(): Promise<void> {
    const now = clock.now();
    const isWhole = now - wholeAt >= dayMs;
    const hour = now - (now % hourMs);
    try {
      const verification = await verifyLedger({
        checks,
        clock,
        restRatio,
        signal: stop.signal,
        ...(isWhole ? {} : { span: { from: Math.max(0, hour - recentMs), to: hour + 2 * hourMs } }),
        ...(counters === undefined ? {} : { counters }),
      });
      if (isWhole && verification.isComplete) wholeAt = now;
      if (verification.isComplete) onVerified(verification, isWhole);
    } catch (cause) {
      onFault(cause);
    }
    if (!stop.signal.aborted) cancelTimer = clock.after(everyMs, begin);
  }

  return {
    async close() {
      stop.abort();
      cancelTimer();
      await running;
    },
  };
}
