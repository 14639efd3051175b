import type { Clock } from '../../src/model/clock.ts';

/** A clock that stands still until it is moved; timers fire in the order of their instants. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
  /** How many timers wait. */
  pending(): number;
  /** Whether a timer fires in exactly so many milliseconds. */
  firesIn(milliseconds: number): boolean;
}

export function manualClock(startAt = Date.UTC(2026, 10, 22)): ManualClock {
  let now = startAt;
  const timers = new Map<object, { readonly at: number; readonly action: () => void }>();

  function nextBefore(
    end: number,
  ): readonly [object, { readonly at: number; readonly action: () => void }] | undefined {
    const due = [...timers].filter(([, timer]) => timer.at <= end);
    return due.sort(([, left], [, right]) => left.at - right.at)[0];
  }

  return {
    now: () => now,
    monotonicMs: () => now - startAt,
    after(delayMs, action) {
      const key = {};
      timers.set(key, { at: now + delayMs, action });
      return () => timers.delete(key);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (let next = nextBefore(end); next !== undefined; next = nextBefore(end)) {
        const [key, timer] = next;
        timers.delete(key);
        now = Math.max(now, timer.at);
        timer.action();
      }
      now = end;
    },
    pending: () => timers.size,
    firesIn: milliseconds => [...timers.values()].some(({ at }) => at === now + milliseconds),
  };
}
