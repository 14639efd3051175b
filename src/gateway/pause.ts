import type { Clock } from '../model/clock.ts';

/** Waits that can be ended early. */
export interface Pause {
  /** Resolves at that instant, in milliseconds since the epoch, or when it is ended. */
  until(instant: number): Promise<void>;
  /** Ends the wait that lasts, if any, and all later ones at once. */
  end(): void;
}

/** Makes the waits of one run. */
export function createPause(clock: Clock): Pause {
  let isEnded = false;
  let wake = () => {};
  return {
    until(instant) {
      if (isEnded) return Promise.resolve();
      return new Promise(resolve => {
        const cancel = clock.after(Math.max(0, instant - clock.now()), resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    },
    end() {
      isEnded = true;
      wake();
    },
  };
}
