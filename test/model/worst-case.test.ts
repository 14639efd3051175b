import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Price } from '../../src/model/catalog.ts';
import { costOf, type TokenCounts } from '../../src/model/usage.ts';
import { worstCaseCost } from '../../src/model/worst-case.ts';

const unitPrice = fc.bigInt({ min: 0n, max: 100_000_000_000n });
const prices: fc.Arbitrary<Price> = fc
  .record(
    {
      input: unitPrice,
      output: unitPrice,
      cacheRead: unitPrice,
      cacheWrite: unitPrice,
      cacheWriteLong: unitPrice,
      reasoning: unitPrice,
      request: unitPrice,
      tiers: fc.uniqueArray(
        fc.record(
          {
            aboveInputTokens: fc.nat({ max: 200_000 }),
            input: unitPrice,
            output: unitPrice,
            cacheRead: unitPrice,
            cacheWrite: unitPrice,
          },
          { requiredKeys: ['aboveInputTokens'] },
        ),
        { maxLength: 3, selector: tier => tier.aboveInputTokens },
      ),
    },
    { requiredKeys: ['input', 'output', 'tiers'] },
  )
  .map(price => ({ ...price, tiers: price.tiers.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens) }));

/** Any way in which so many tokens can be read, cached and thought. */
const splits: fc.Arbitrary<TokenCounts> = fc
  .tuple(
    fc.nat({ max: 200_000 }),
    fc.nat({ max: 200_000 }),
    fc.array(fc.nat({ max: 100 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([inputTokens, outputTokens, [read = 0, written = 0, long = 0, thought = 0]]) => {
    const share = (whole: number, percent: number) => Math.floor((whole * percent) / 100);
    const cachedInputTokens = share(inputTokens, read);
    const cacheWriteTokens = share(inputTokens - cachedInputTokens, written);
    return {
      inputTokens,
      outputTokens,
      cachedInputTokens,
      cacheWriteTokens,
      cacheWriteLongTokens: share(cacheWriteTokens, long),
      reasoningTokens: share(outputTokens, thought),
    };
  });

test('no way to split the same tokens costs more than the worst case', () => {
  fc.assert(
    fc.property(splits, prices, (tokens, price) => {
      const most = worstCaseCost(tokens.inputTokens, tokens.outputTokens, price);
      expect(most).toBeDefined();
      expect(costOf(tokens, price)).toBeLessThanOrEqual(most ?? -1n);
    }),
    { numRuns: 2_000 },
  );
});

test('reading all input from a cache that is dearer than reading it anew is the worst case', () => {
  expect(worstCaseCost(1_000_000, 0, { input: 1n, cacheRead: 3n, output: 1n, tiers: [] })).toBe(3n);
  const tiers = [{ aboveInputTokens: 10, cacheRead: 5n }];
  expect(worstCaseCost(1_000_000, 0, { input: 1n, output: 1n, tiers })).toBe(5n);
});
