/** Keeps retries from multiplying the load on providers that fail. */
export interface RetryBudget {
  /** Takes a place for one retry. @returns Gives it back; undefined where none is free. */
  take(): (() => void) | undefined;
}

/**
 * Lets at most a fifth of the active requests be retries at the same time, but three at any time.
 *
 * The figures are those of Envoy's retry budget.
 *
 * @param active How many requests run now.
 */
export function createRetryBudget(active: () => number): RetryBudget {
  let taken = 0;
  return {
    take() {
      if (taken >= Math.max(leastRetries, active() * shareOfActive)) return undefined;
      taken += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
      };
    },
  };
}

const leastRetries = 3;
const shareOfActive = 0.2;
