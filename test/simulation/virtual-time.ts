import type { Clock } from '../../src/model/clock.ts';

/** A clock whose time passes only from one timer to the next. */
export interface VirtualTime extends Clock {
  /** Lets all that can happen at this instant happen, then moves on to the next timer; until `isOver`, or no timer is left. */
  runUntil(isOver: () => boolean): Promise<void>;
}

export function createVirtualTime(startAt: number): VirtualTime {
  let now = startAt;
  let lastNumber = 0;
  const timers = new Map<number, { readonly at: number; readonly action: () => void }>();

  function takeNext(): (() => void) | undefined {
    let next: number | undefined;
    for (const [number, { at }] of timers) {
      if (next === undefined || at < (timers.get(next)?.at ?? 0)) next = number;
    }
    const timer = next === undefined ? undefined : timers.get(next);
    if (next === undefined || timer === undefined) return undefined;
    timers.delete(next);
    now = Math.max(now, timer.at);
    return timer.action;
  }

  return {
    now: () => now,
    monotonicMs: () => now - startAt,
    after(delayMs, action) {
      lastNumber += 1;
      const number = lastNumber;
      timers.set(number, { at: now + delayMs, action });
      return () => timers.delete(number);
    },
    async runUntil(isOver) {
      for (;;) {
        // Promises settle between two turns of the event loop.
        await new Promise(resolve => setImmediate(resolve));
        if (isOver()) return;
        const action = takeNext();
        if (action === undefined) return;
        action();
      }
    },
  };
}
