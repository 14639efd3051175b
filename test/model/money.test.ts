import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDollars, parseDollars } from '../../src/model/money.ts';
import { costOf, noTokens } from '../../src/model/usage.ts';

describe('money', () => {
  test('reads back what it wrote, to the nano', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), amount => {
        expect(parseDollars(formatDollars(amount))).toBe(amount);
      }),
    );
  });

  test.each(['', '.5', '1.', '1e3', '1.0000000001', '--1', ' 1', 'NaN'])('refuses %j', text => {
    expect(parseDollars(text)).toBeUndefined();
  });

  test('writes no trailing zeros', () => {
    expect(formatDollars(1_175_990n)).toBe('0.00117599');
    expect(formatDollars(2_000_000_000n)).toBe('2');
  });
});

describe('costOf', () => {
  const price = { input: 3_000_000_000n, output: 15_000_000_000n, cacheRead: 300_000_000n, tiers: [] };

  test('charges cache reads at their own price and the rest of the input at its', () => {
    expect(costOf({ ...noTokens, inputTokens: 1000, cachedInputTokens: 400, outputTokens: 10 }, price)).toBe(
      600n * 3000n + 400n * 300n + 10n * 15_000n,
    );
  });

  test('is unknown, never free, where a price that is needed is missing', () => {
    expect(costOf({ ...noTokens, outputTokens: 1 }, { input: 1n, tiers: [] })).toBeUndefined();
    expect(costOf(noTokens, undefined)).toBeUndefined();
  });

  test('takes the tier that the whole input reaches', () => {
    const tiered = { ...price, tiers: [{ aboveInputTokens: 200_000, input: 6_000_000_000n }] };
    expect(costOf({ ...noTokens, inputTokens: 200_000 }, tiered)).toBe(200_000n * 3000n);
    expect(costOf({ ...noTokens, inputTokens: 200_001 }, tiered)).toBe(200_001n * 6000n);
  });

  test('rounds once, up', () => {
    const tiny = { input: 1n, output: 1n, tiers: [] };
    expect(costOf({ ...noTokens, inputTokens: 1, outputTokens: 1 }, tiny)).toBe(1n);
  });
});
