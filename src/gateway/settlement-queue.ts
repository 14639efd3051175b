import type { Clock } from '../model/clock.ts';

/** Settlements that the counters have not taken yet. */
export interface SettlementQueue {
  /** Tries at once, and again each second until it succeeds; resolves after the first try, and never rejects. */
  add(id: string, settle: () => Promise<void>): Promise<void>;
  /** Whether this one waits. */
  has(id: string): boolean;
  /** Tries all of them once more, and again and again while some are left, for at most `withinMs`. Default: once. */
  flush(withinMs?: number): Promise<void>;
  close(): void;
}

const againMs = 1_000;
const hurriedMs = 200;
const groupSize = 100;
/** What is beyond is settled by whoever finds its lease at an end, at what the ledger has booked. */
const mostWaiting = 100_000;

/** Keeps settlements in memory while the counters are away. Repeating one that took effect changes nothing. */
export function createSettlementQueue(clock: Clock): SettlementQueue {
  const waiting = new Map<string, () => Promise<void>>();
  let cancelTimer = () => {};
  let isDue = false;
  let isClosed = false;

  async function tryAll(): Promise<void> {
    const all = [...waiting];
    for (let start = 0; start < all.length; start += groupSize) {
      const group = all.slice(start, start + groupSize);
      const outcomes = await Promise.allSettled(group.map(([, settle]) => settle()));
      const settled = group.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      for (const [id] of settled) waiting.delete(id);
      // The counters are away: the others need not be tried now.
      if (settled.length === 0) return;
    }
  }

  function schedule(): void {
    if (isDue || isClosed || waiting.size === 0) return;
    isDue = true;
    cancelTimer = clock.after(againMs, () => {
      void tryAll().finally(() => {
        isDue = false;
        schedule();
      });
    });
  }

  return {
    async add(id, settle) {
      try {
        await settle();
      } catch {
        if (waiting.size < mostWaiting) waiting.set(id, settle);
        schedule();
      }
    },
    has: id => waiting.has(id),
    async flush(withinMs = 0) {
      const endMs = clock.monotonicMs() + withinMs;
      await tryAll();
      while (waiting.size > 0 && clock.monotonicMs() < endMs) {
        await new Promise<void>(resolve => void clock.after(hurriedMs, resolve));
        await tryAll();
      }
    },
    close() {
      isClosed = true;
      cancelTimer();
    },
  };
}
