import type { Clock } from '../model/clock.ts';

/** Something that is done again and again, one at a time. */
export interface Repetition {
  /** Does it at once, or, while it runs, once more afterwards. Resolves when that is done. */
  now(): Promise<void>;
  /** Ends after the one that runs. */
  close(): Promise<void>;
}

export interface RepeatOptions {
  /** Never rejects. */
  readonly action: () => Promise<void>;
  /** From the end of one to the start of the next, in milliseconds: up to a fifth more or less, so that nodes do not march in step. */
  readonly everyMs: number;
  readonly clock: Clock;
  /** From 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Begins after the first wait. */
export function repeat({ action, everyMs, clock, random = Math.random }: RepeatOptions): Repetition {
  let isClosed = false;
  let cancelTimer = () => {};
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function schedule(): void {
    cancelTimer = clock.after(everyMs * (0.8 + 0.4 * random()), () => void now());
  }

  function start(): Promise<void> {
    cancelTimer();
    running = action().finally(() => {
      running = undefined;
      if (!isClosed && next === undefined) schedule();
    });
    return running;
  }

  function now(): Promise<void> {
    if (isClosed) return Promise.resolve();
    if (running === undefined) return start();
    next ??= running.then(() => {
      next = undefined;
      return isClosed ? undefined : start();
    });
    return next;
  }

  schedule();
  return {
    now,
    async close() {
      isClosed = true;
      cancelTimer();
      await running;
    },
  };
}
