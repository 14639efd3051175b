import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usedAsOf } from '../../src/stores/gcra.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';
import type { RateLimitLevel, RateLimitTake } from '../../src/stores/rate-limit-store.ts';
import { amountsOf, type Fraction, modelLevels, rateModel } from './rate-model.ts';

type Step =
  | { readonly kind: 'take' | 'correct'; readonly takes: readonly RateLimitTake[] }
  | { readonly kind: 'advance'; readonly ms: number };

const start = 1_800_000_000_000;

const takesOf = (isSigned: boolean) =>
  fc
    .subarray([...modelLevels], { minLength: 1, maxLength: 3 })
    .chain(levels =>
      fc.tuple(
        ...levels.map(level =>
          fc
            .tuple(amountsOf(level), fc.constantFrom(1, isSigned ? -1 : 1))
            .map(([amount, sign]): RateLimitTake => ({ level, amount: sign * amount })),
        ),
      ),
    );

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: takesOf(false).map(takes => ({ kind: 'take', takes }) as const) },
  { weight: 2, arbitrary: takesOf(true).map(takes => ({ kind: 'correct', takes }) as const) },
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 40 * 86_400_000 }))
      .map(ms => ({ kind: 'advance', ms }) as const),
  },
);

describe('memory rates', () => {
  test('agree with exact fractions, whatever is taken and corrected when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 60 }), async sequence => {
        let nowMs = start;
        const store = memoryRateLimitStore({ now: () => nowMs });
        const model = new Map<RateLimitLevel, Fraction>();
        for (const step of sequence) {
          const now = BigInt(nowMs) * 1000n;
          if (step.kind === 'advance') nowMs += step.ms;
          else if (step.kind === 'correct') {
            await store.correct(step.takes);
            for (const { level, amount } of step.takes) {
              model.set(level, rateModel.correct(now, model.get(level), level, amount));
            }
          } else {
            const expected = step.takes.map(({ level, amount }) => ({
              level,
              ...rateModel.take(now, model.get(level), level, amount),
            }));
            const isRefused = expected.some(({ wait, isNever }) => isNever || wait > 0n);
            if (!isRefused) for (const { level, used } of expected) model.set(level, used);
            const result = await store.take(step.takes);
            expect(result.states.map(({ remaining }) => remaining)).toEqual(
              step.takes.map(({ level }) => rateModel.remaining(now, rateModel.asOf(now, model.get(level)), level)),
            );
            const longest = expected.reduce((found, each) => (each.wait > found ? each.wait : found), 0n);
            const isNever = expected.some(each => each.isNever);
            expect(result.refusedBy !== undefined).toBe(isRefused);
            if (isRefused) {
              expect(result.refusedBy?.retryAfterMs).toBe(isNever ? undefined : Number((longest + 999n) / 1000n));
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  for (const [limit, windowMs] of [
    [3, 1000],
    [7, 31 * 86_400_000],
    [600, 60_000],
    [997, 1009],
  ] as const) {
    test(`give exactly ${limit} in ${windowMs} ms to whoever takes one as soon as there is one`, async () => {
      let nowMs = start;
      const store = memoryRateLimitStore({ now: () => nowMs });
      const level: RateLimitLevel = { key: 'greedy', unit: 'requests', limit, windowMs };
      const end = start + 5 * windowMs;
      let taken = 0;
      while (nowMs < end) {
        const { refusedBy } = await store.take([{ level, amount: 1 }]);
        if (refusedBy === undefined) taken++;
        else nowMs += refusedBy.retryAfterMs ?? Number.NaN;
      }
      expect(taken).toBe(6 * limit - 1);
    });
  }

  test('lose less than a microsecond, and win nothing, where a limit changes', () => {
    const limit = fc.integer({ min: 1, max: 1_000_000_000_000 });
    fc.assert(
      fc.property(
        limit,
        limit,
        fc.nat(1_000_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (before, after, micros, part) => {
          const used = { micros: start * 1000 + micros, rest: Math.floor(part * before), limit: before };
          const changed = usedAsOf(start * 1000, used, after);
          const lost = BigInt(changed.micros - used.micros) * BigInt(before) - BigInt(used.rest);
          if (before === after) expect(changed).toEqual(used);
          else expect([changed.rest, lost >= 0n && lost < BigInt(before)]).toEqual([0, true]);
        },
      ),
    );
  });

  test('refuse two tenants in one take', async () => {
    const store = memoryRateLimitStore();
    const level: RateLimitLevel = { key: 'a', unit: 'requests', limit: 1, windowMs: 1000 };
    const takes = ['x', 'y'].map(tenantId => ({ level: { ...level, tenantId }, amount: 1 }));
    await expect(store.take(takes)).rejects.toThrow(TypeError);
  });
});
