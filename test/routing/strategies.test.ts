import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Estimate } from '../../src/routing/candidate.ts';
import { totalOf } from '../../src/routing/score.ts';
import { strategies } from '../../src/routing/strategies/index.ts';

const estimates: fc.Arbitrary<Required<Estimate>> = fc.record({
  cost: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  firstTokenMs: fc.integer({ min: 1, max: 60_000 }),
  tokensPerSecond: fc.integer({ min: 1, max: 5_000 }),
  outputTokens: fc.integer({ min: 1, max: 512 }),
});
const draws = fc.double({ min: 1e-9, max: 1, noNaN: true });

/** The same estimate, worse or equal in every respect that differs between endpoints. */
const worsened = (good: Required<Estimate>): fc.Arbitrary<Estimate> =>
  fc.record({
    cost: fc.bigInt({ min: good.cost, max: 10n ** 13n }),
    firstTokenMs: fc.integer({ min: good.firstTokenMs, max: 120_000 }),
    tokensPerSecond: fc.integer({ min: 1, max: good.tokensPerSecond }),
    outputTokens: fc.constant(good.outputTokens),
  });

test.each(Object.entries(strategies))(
  '%s never scores an estimate higher that is better in every respect',
  (id, strategy) => {
    expect(strategy.id).toBe(id);
    const pairs = estimates.chain(good => fc.tuple(fc.constant(good), worsened(good)));
    fc.assert(
      fc.property(pairs, draws, ([good, bad], draw) => {
        expect(totalOf(strategy.score(good, draw))).toBeLessThanOrEqual(totalOf(strategy.score(bad, draw)));
      }),
    );
  },
);

test.each(Object.values(strategies))('$id says what each part of its score is, and scores the same twice', strategy => {
  fc.assert(
    fc.property(estimates, draws, (estimate, draw) => {
      const parts = strategy.score(estimate, draw);
      expect(parts.every(({ name }) => name !== '')).toBe(true);
      expect(strategy.score(estimate, draw)).toEqual(parts);
    }),
  );
});

test.each(Object.values(strategies))('$id ranks in numbers as the sum of its score does', strategy => {
  fc.assert(
    fc.property(estimates, draws, (estimate, draw) => {
      const drawn = strategy.drawsLots ? draw : 1;
      const sum = totalOf(strategy.score(estimate, drawn));
      expect(BigInt(strategy.total({ ...estimate, cost: Number(estimate.cost) }, drawn))).toBe(sum);
    }),
  );
});
