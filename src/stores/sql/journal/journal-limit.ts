import { GatewayError } from '../../../errors.ts';
import type { Clock } from '../../../model/clock.ts';

export interface JournalLimitOptions {
  /** How much of the journal's file is in use, in bytes. */
  readonly usedBytes: () => Promise<number>;
  /** How many ended completions wait to be shipped. */
  readonly waiting: () => number;
  readonly clock: Clock;
  /** The limit is reached with so many completions. */
  readonly mostWaiting: number;
  /** Or with so many bytes. */
  readonly mostBytes: number;
}

/** Keeps a journal from growing beyond what a disk holds while the shared ledger is away. */
export interface JournalLimit {
  readonly isReached: boolean;
  /** Throws STORE_UNAVAILABLE where it is reached: nothing may be tried that could not be recorded. */
  demandRoom(): void;
  /** Looks how large the journal is. */
  look(): Promise<void>;
  close(): void;
}

const lookEveryMs = 1000;

/** Watches a journal's size, in completions and in bytes: looked at each second, until `close`. */
export function journalLimit({ usedBytes, waiting, clock, mostWaiting, mostBytes }: JournalLimitOptions): JournalLimit {
  let bytes = 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let cancelTimer = () => {};
  let isClosed = false;
  schedule();

  function schedule(): void {
    if (!isClosed) cancelTimer = clock.after(lookEveryMs, () => void look().finally(schedule));
  }

  async function look(): Promise<void> {
    if (clock.monotonicMs() - lookedAtMs < lookEveryMs / 2) return;
    lookedAtMs = clock.monotonicMs();
    bytes = await usedBytes().catch(() => bytes);
  }

  const isReached = () => bytes >= mostBytes || waiting() >= mostWaiting;

  return {
    get isReached() {
      return isReached();
    },
    demandRoom() {
      if (!isReached()) return;
      throw new GatewayError('STORE_UNAVAILABLE', 'The journal of this node is full.', { retryAfterMs: 5000 });
    },
    look,
    close() {
      isClosed = true;
      cancelTimer();
    },
  };
}
