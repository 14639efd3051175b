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
const bucketMs = 100;
const bucketCount = 10;

/**
 * Lets retries be at most a fifth of the requests that began in the last second, but three a second in any case.
 *
 * @param monotonicMs Milliseconds that never go backwards.
 */
export function createRetryBudget(monotonicMs: () => number): RetryBudget {
  const requests = countInWindow(monotonicMs);
  const retries = countInWindow(monotonicMs);
  return {
    began: requests.add,
    take() {
      if (retries.sum() >= Math.max(leastRetries, Math.floor(requests.sum() * shareOfRequests))) return false;
      retries.add();
      return true;
    },
  };
}

/** Counts what happened in the last second, in steps of a tenth. */
function countInWindow(monotonicMs: () => number) {
  const counts = new Uint32Array(bucketCount);
  const periods = new Float64Array(bucketCount).fill(-1);
  return {
    add() {
      const period = Math.floor(monotonicMs() / bucketMs);
      const bucket = period % bucketCount;
      counts[bucket] = periods[bucket] === period ? (counts[bucket] ?? 0) + 1 : 1;
      periods[bucket] = period;
    },
    sum() {
      const oldest = Math.floor(monotonicMs() / bucketMs) - bucketCount;
      return counts.reduce((sum, count, bucket) => ((periods[bucket] ?? -1) > oldest ? sum + count : sum), 0);
    },
  };
}
