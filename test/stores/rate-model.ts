import fc from 'fast-check';
import type { RateLimitLevel } from '../../src/stores/rate-limit-store.ts';

/** An instant or a span in microseconds, as an exact fraction. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

export interface ModelTake {
  readonly wait: bigint;
  readonly isNever: boolean;
  readonly used: Fraction;
}

function whole(micros: bigint): Fraction {
  return { over: micros, under: 1n };
}

function add(left: Fraction, right: Fraction): Fraction {
  return { over: left.over * right.under + right.over * left.under, under: left.under * right.under };
}

function isBelow(left: Fraction, right: Fraction): boolean {
  return left.over * right.under < right.over * left.under;
}

function later(left: Fraction, right: Fraction): Fraction {
  return isBelow(left, right) ? right : left;
}

function ceil({ over, under }: Fraction): bigint {
  return over >= 0n ? (over + under - 1n) / under : -(-over / under);
}

/** The generic cell rate algorithm in fractions: no member is ever rounded. */
export const rateModel = {
  asOf: (now: bigint, used: Fraction | undefined): Fraction => later(used ?? whole(now), whole(now)),
  cost: ({ limit, windowMs }: RateLimitLevel, amount: number): Fraction => ({
    over: BigInt(amount) * BigInt(windowMs) * 1000n,
    under: BigInt(limit),
  }),
  take(now: bigint, used: Fraction | undefined, level: RateLimitLevel, amount: number): ModelTake {
    const before = rateModel.asOf(now, used);
    if (amount === 0) return { wait: 0n, isNever: false, used: before };
    const after = add(before, rateModel.cost(level, amount));
    const late = add(after, whole(-now - BigInt(level.windowMs) * 1000n));
    const wait = isBelow(whole(0n), late) ? ceil(late) : 0n;
    return { wait, isNever: amount > level.limit, used: after };
  },
  correct: (now: bigint, used: Fraction | undefined, level: RateLimitLevel, amount: number): Fraction =>
    later(add(rateModel.asOf(now, used), rateModel.cost(level, amount)), whole(now)),
  remaining(now: bigint, used: Fraction, { limit, windowMs }: RateLimitLevel): number {
    const windowMicros = BigInt(windowMs) * 1000n;
    const left = add(whole(windowMicros + now), { over: -used.over, under: used.under });
    const tokens = (left.over * BigInt(limit)) / (left.under * windowMicros);
    return left.over <= 0n ? 0 : Number(tokens);
  },
  isEqual: (left: Fraction, right: Fraction): boolean => left.over * right.under === right.over * left.under,
  ceil,
};

const month = 31 * 86_400_000;

/** Small and large limits in short and long windows, also such whose tokens take no whole time. */
export const modelLevels: readonly RateLimitLevel[] = (
  [
    [1, 1000],
    [3, 1000],
    [1_000_000, 1000],
    [1_000_000_000_000, 1000],
    [7, month],
    [1_000_000_000_000, month],
    [999_999_999_989, month - 1],
    [600, 60_000],
  ] as const
).map(([limit, windowMs], index) => ({
  key: `level-${index}`,
  unit: 'tokens',
  limit,
  windowMs,
  ...(index % 4 === 3 ? {} : { tenantId: 'acme' }),
}));

export function amountsOf({ limit }: RateLimitLevel): fc.Arbitrary<number> {
  const share = fc.double({ min: 0, max: 1, noNaN: true }).map(part => Math.floor(part * limit));
  return fc.oneof(fc.constantFrom(0, 1, limit, limit + 1, Math.max(1, limit - 1)), share);
}
