/** A figure that one endpoint showed, with the instant that it was seen. */
export interface SampleRing {
  add(at: number, value: number): void;
  /** The values seen after `since`, rising. */
  sorted(since: number): Float64Array;
}

/** Keeps the last `capacity` figures, oldest out first. */
export function createSampleRing(capacity: number): SampleRing {
  const instants = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
  const values = new Float64Array(capacity);
  let next = 0;
  return {
    add(at, value) {
      instants[next] = at;
      values[next] = value;
      next = (next + 1) % capacity;
    },
    sorted(since) {
      return values.filter((_, index) => (instants[index] ?? Number.NEGATIVE_INFINITY) > since).sort();
    },
  };
}

/** The smallest value that at least this share of them does not exceed (nearest rank); undefined without any. */
export function quantile(sorted: Float64Array, share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
