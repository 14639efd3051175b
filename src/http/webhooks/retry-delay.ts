/** An alert is sent so often to one receiver, then given up. */
export const maxTries = 15;
/** The receiver's own `retry-after` is heeded up to this. */
export const maxRetryAfterMs = 3_600_000;

const firstDelayMs = 5_000;
const maxDelayMs = 3_600_000;

/**
 * How long to wait after the `tries`-th try: a random part of 5 s, doubled with each try up to an hour ("full jitter", so
 * that receivers that come back are not met by all senders at once). All waits together: 2.7 hours on average, at most 5.5.
 *
 * @param random From 0 to less than 1.
 * @param retryAfterMs What the receiver asked for, heeded up to `maxRetryAfterMs`.
 */
export function retryDelayMs(tries: number, random: number, retryAfterMs = 0): number {
  const ownMs = random * Math.min(maxDelayMs, firstDelayMs * 2 ** (tries - 1));
  return Math.max(ownMs, Math.min(retryAfterMs, maxRetryAfterMs));
}
