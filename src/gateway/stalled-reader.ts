import type { Clock } from '../model/clock.ts';

/** How long a reader may take nothing of what waits for it, in milliseconds. */
const readerStallMs = 30_000;

/** Watches over whoever reads a run. */
export interface StalledReader {
  /** It takes nothing more for now. */
  pause(): void;
  /** It reads on, or the run is over. */
  resume(): void;
}

/** Calls `onStalled` once a reader has paused for thirty seconds, or has not come though much waits for it. */
export function watchReader(clock: Clock, onStalled: () => void): StalledReader {
  let cancelTimer = () => {};
  return {
    pause() {
      cancelTimer();
      cancelTimer = clock.after(readerStallMs, onStalled);
    },
    resume: () => cancelTimer(),
  };
}
