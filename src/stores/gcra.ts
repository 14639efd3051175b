import type { RateLimitLevel, RateLimitResult, RateLimitState, RateLimitTake } from './rate-limit-store.ts';

/**
 * A span of time in microseconds: `micros` and `rest` parts of `limit` of one more, from 0 to below `limit`.
 *
 * A token costs `windowMs * 1000 / limit` microseconds: from 0.000001 (10^12 in a second) to 2.7 * 10^12 (one in 31 days).
 * With the limit as denominator every sum of costs is exact, and no member passes 2^53, in doubles too.
 */
export interface Span {
  readonly micros: number;
  readonly rest: number;
}

/** What a level was used up to: the theoretical arrival time. `limit` is the denominator that `rest` was counted in. */
export interface Used extends Span {
  readonly limit: number;
}

/** One take as the algorithm sees it. */
export interface Charge extends Span {
  readonly limit: number;
  readonly windowMicros: number;
  /** More than a full window: it never passes. */
  readonly isTooLarge: boolean;
}

/** No debt is longer: 31 years, so that an instant plus two of them stays below 2^53. */
export const longestMicros = 1_000_000_000_000_000;

const mostTokens = 1_000_000_000_000;
const longestWindowMs = 31 * 86_400_000;
const levelKey = /^[!-z|~]{1,400}$/;

/** The time that an amount takes to come back, without its sign; checks the level on the way. */
export function chargeOf(level: RateLimitLevel, amount: number): Charge {
  const { key, limit, windowMs } = level;
  if (!levelKey.test(key)) throw new TypeError('key: must be printable ASCII without blanks and braces');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostTokens) throw new TypeError('limit: 1 to 10^12');
  if (!Number.isSafeInteger(windowMs) || windowMs < 1000 || windowMs > longestWindowMs) {
    throw new TypeError('windowMs: 1 s to 31 days');
  }
  if (!Number.isSafeInteger(amount)) throw new TypeError('amount: must be whole');
  const windowMicros = windowMs * 1000;
  const span = spanOf(Math.abs(amount), windowMicros, limit);
  return { ...span, limit, windowMicros, isTooLarge: amount > limit };
}

/** Checks that a take is of one tenant, and of each level once. */
export function checkTakes(takes: readonly RateLimitTake[]): void {
  checkLevelsOnce(takes);
  if (takes.some(({ amount }) => amount < 0)) throw new TypeError('takes: an amount must be 0 or more');
  const tenants = new Set(takes.map(({ level }) => level.tenantId).filter(tenantId => tenantId !== undefined));
  if (tenants.size > 1) throw new TypeError('takes: must be of one tenant or across tenants');
}

export function checkLevelsOnce(takes: readonly RateLimitTake[]): void {
  const names = new Set(takes.map(({ level }) => nameOf(level)));
  if (names.size < takes.length) throw new TypeError('a level comes twice');
}

/** Tells a level from those of other tenants with the same key. */
export function nameOf({ tenantId, key }: RateLimitLevel): string {
  return tenantId === undefined ? `* ${key}` : `t:${tenantId} ${key}`;
}

function spanOf(amount: number, windowMicros: number, limit: number): Span {
  const product = amount * windowMicros;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const rest = product % limit;
    return { micros: (product - rest) / limit, rest };
  }
  const exact = BigInt(amount) * BigInt(windowMicros);
  const micros = exact / BigInt(limit);
  if (micros >= BigInt(longestMicros)) return { micros: longestMicros, rest: 0 };
  return { micros: Number(micros), rest: Number(exact % BigInt(limit)) };
}

/**
 * What a level was used up to, as of now: never in the past, and counted in parts of the present limit.
 *
 * Where the limit has changed, what is left of a microsecond is rounded up: at most one microsecond is lost, nothing is won.
 */
export function usedAsOf(nowMicros: number, used: Used | undefined, limit: number): Used {
  if (used === undefined || used.micros < nowMicros) return { micros: nowMicros, rest: 0, limit };
  if (used.limit === limit) return used;
  return { micros: used.micros + (used.rest > 0 ? 1 : 0), rest: 0, limit };
}

/** Adds a charge, up to the longest debt. */
export function plus(nowMicros: number, used: Used, charge: Span): Used {
  const { limit } = used;
  const rest = used.rest + charge.rest;
  const micros = used.micros + charge.micros + (rest >= limit ? 1 : 0);
  if (micros - nowMicros >= longestMicros) return { micros: nowMicros + longestMicros, rest: 0, limit };
  return { micros, rest: rest >= limit ? rest - limit : rest, limit };
}

/** Takes a charge back, down to now. */
export function minus(nowMicros: number, used: Used, charge: Span): Used {
  const { limit } = used;
  const borrows = used.rest < charge.rest;
  const micros = used.micros - charge.micros - (borrows ? 1 : 0);
  if (micros < nowMicros) return { micros: nowMicros, rest: 0, limit };
  return { micros, rest: used.rest - charge.rest + (borrows ? limit : 0), limit };
}

/** How long until `used` is within the window again, in microseconds, rounded up; 0 where it is. */
export function waitMicros(nowMicros: number, used: Used, windowMicros: number): number {
  return Math.max(0, used.micros - nowMicros - windowMicros + (used.rest > 0 ? 1 : 0));
}

/** What a caller is told of a level. */
export function stateOf(level: RateLimitLevel, nowMicros: number, used: Used): RateLimitState {
  const { key, limit, windowMs } = level;
  const ahead = BigInt(used.micros - nowMicros) * BigInt(limit) + BigInt(used.rest);
  const full = BigInt(windowMs * 1000) * BigInt(limit);
  const remaining = ahead >= full ? 0 : Number((full - ahead) / BigInt(windowMs * 1000));
  return { key, remaining, resetAfterMs: Math.ceil((used.micros - nowMicros + (used.rest > 0 ? 1 : 0)) / 1000) };
}

/** One level after one step. */
export interface Judged {
  readonly level: RateLimitLevel;
  /** By the clock of whoever counts the level. */
  readonly nowMicros: number;
  readonly used: Used;
  /** Above 0 where the take does not pass; infinite where it never will. */
  readonly waitMicros: number;
}

/** Puts together what a caller is told; the level that keeps it longest is the one that refused. */
export function resultOf(judged: readonly Judged[]): RateLimitResult {
  const states = judged.map(({ level, nowMicros, used }) => stateOf(level, nowMicros, used));
  const [first, ...others] = judged;
  if (first === undefined) return { states };
  const longest = others.reduce((found, each) => (each.waitMicros > found.waitMicros ? each : found), first);
  if (longest.waitMicros === 0) return { states };
  const { key } = longest.level;
  if (longest.waitMicros === Number.POSITIVE_INFINITY) return { states, refusedBy: { key } };
  return { states, refusedBy: { key, retryAfterMs: Math.ceil(longest.waitMicros / 1000) } };
}
