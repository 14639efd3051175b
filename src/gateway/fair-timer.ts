import type { Clock } from '../model/clock.ts';

/** A wait is cut into steps of so many milliseconds; a step that took much longer counts as one. */
const stepMs = 1_000;
/** A timer so much late was not late by itself: this process stood still. */
const toleratedMs = 50;
/** What came in while it stood still is read within so long. */
const graceMs = 20;

/**
 * Calls `action` after `delayMs` in which this process could have taken an answer: while it stands still, because something
 * occupies it, nobody else is at fault. The result cancels it.
 */
export function afterFairly(clock: Clock, delayMs: number, action: () => void): () => void {
  let cancel = () => {};

  function wait(leftMs: number, isGrace: boolean): void {
    const waitMs = Math.min(leftMs, stepMs);
    const dueMs = clock.monotonicMs() + waitMs;
    cancel = clock.after(waitMs, () => {
      const isLate = clock.monotonicMs() - dueMs > toleratedMs;
      const restMs = leftMs - waitMs;
      if (restMs > 0) wait(restMs, false);
      // Timers go before sockets: what has arrived meanwhile is read only after this.
      else if (isLate && !isGrace) wait(graceMs, true);
      else action();
    });
  }

  wait(Math.max(0, delayMs), false);
  return () => cancel();
}
