/** Longer waits are cut to this: a credential is tried again at least once a minute. */
export const maxRetryAfterMs = 60_000;

const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+(?:GMT)?$/;
const decimal = /^\d{1,12}(?:\.\d{1,9})?$/;

/**
 * Reads when to try again, from `retry-after-ms` or `retry-after` (seconds, decimals too, or an HTTP date).
 *
 * A date is compared with the answer's own `date` header where it has one, so that a skewed clock does no harm.
 *
 * @param headers Lower-case names.
 * @param now Milliseconds since the epoch, for a date in an answer without a `date`; absent: such a date is not read.
 * @param maxMs Longer waits are cut to this. Default `maxRetryAfterMs`.
 * @returns Milliseconds from 0 to `maxMs`, or undefined where nothing was said or it makes no sense.
 */
export function readRetryAfterMs(
  headers: Readonly<Record<string, string | undefined>>,
  now?: number,
  maxMs: number = maxRetryAfterMs,
): number | undefined {
  const inMs = headers['retry-after-ms']?.trim();
  if (inMs !== undefined && decimal.test(inMs)) return clampRetryAfterMs(Number(inMs), maxMs);
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (decimal.test(value)) return clampRetryAfterMs(Number(value) * 1_000, maxMs);
  const at = readHttpDate(value);
  const reference = readHttpDate(headers.date) ?? now;
  return at === undefined || reference === undefined ? undefined : clampRetryAfterMs(at - reference, maxMs);
}

/** Whole milliseconds from 0 to `maxMs`, rounded up; undefined for what is no number. */
export function clampRetryAfterMs(ms: number, maxMs: number = maxRetryAfterMs): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.min(maxMs, Math.max(0, Math.ceil(ms)));
}

function readHttpDate(value: string | undefined): number | undefined {
  if (value === undefined || !httpDate.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
