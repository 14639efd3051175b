/** Classes of requests by their input, since a longer prompt is read longer: each by its highest number of tokens. */
const mostTokensOfSize = [1_024, 8_192, 32_768, 131_072, Number.POSITIVE_INFINITY] as const;

/** How long a stream of each size is waited for while too little is known of its endpoint, in milliseconds. */
const unknownLimitMs = [5_000, 6_000, 8_000, 10_000, 12_000] as const;

/** No limit is shorter: below it, what is saved is less than what a second call costs. */
const shortestFirstTokenLimitMs = 2_000;

/** So many streams of a size tell what is usual. */
export const streamsToKnow = 10;

export const inputSizes = mostTokensOfSize.length;

/** The place of its class, from 0. */
export function inputSizeOf(inputTokens: number): number {
  return mostTokensOfSize.findIndex(most => inputTokens <= most);
}

/** What a stream that was given up counts as: it would have taken longer than its limit, nobody knows how much. */
export function countedAs(limitMs: number): number {
  return 2 * limitMs;
}

/**
 * How long to wait for the first token of a stream without reasoning, while another candidate exists: twice the 99th percentile
 * of the endpoint's streams of like input; while too few are known from 5 s for a short prompt to 12 s for a very long one.
 *
 * @param p99Ms Undefined: too few are known.
 * @param ceilingMs What an administrator allows; counts also where it is below the shortest limit.
 */
export function firstTokenLimitMs(p99Ms: number | undefined, inputTokens: number, ceilingMs: number): number {
  const usual = p99Ms === undefined ? unknownLimitMs[inputSizeOf(inputTokens)] : 2 * p99Ms;
  return Math.min(ceilingMs, Math.max(shortestFirstTokenLimitMs, usual ?? ceilingMs));
}
