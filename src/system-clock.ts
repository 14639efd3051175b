import type { Clock } from './model/clock.ts';

/** Timers longer than this fire at once in Node, so they are waited out in steps. */
const longestTimerMs = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    let timer: NodeJS.Timeout;
    function wait(leftMs: number): void {
      const stepMs = Math.min(Math.max(leftMs, 0), longestTimerMs);
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : action()), stepMs);
      timer.unref();
    }
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};
