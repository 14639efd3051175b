import { createCountedSteps } from './counted-steps.ts';

/** Keeps retries from multiplying the load on providers that fail. */
export interface RetryBudget {
  /** A request begins. */
  began(): void;
  /** Takes one retry, if one is left. */
  take(): boolean;
}

/** The share is that of Envoy's retry budget, and so is the least, which is for quiet times. */
const shareOfRequests = 0.2;
const leastRetries = 3;
const stepMs = 100;
const steps = 10;

/**
 * Lets retries be at most a fifth of the requests that began in the last second, but three a second in any case.
 *
 * @param monotonicMs Milliseconds that never go backwards.
 */
export function createRetryBudget(monotonicMs: () => number): RetryBudget {
  const counted = createCountedSteps({ kinds: ['request', 'retry'], stepMs, steps });
  return {
    began: () => counted.add('request', monotonicMs()),
    take() {
      const now = monotonicMs();
      const most = Math.max(leastRetries, Math.floor(counted.sum('request', now) * shareOfRequests));
      if (counted.sum('retry', now) >= most) return false;
      counted.add('retry', now);
      return true;
    },
  };
}
