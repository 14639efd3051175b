import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPrice } from '../../src/catalog/exact-price.ts';
import { knownPrice } from '../../src/catalog/known-price.ts';

describe('readPrice', () => {
  test('reads the same price from dollars per million and dollars per token, however it is written', () => {
    expect(readPrice('2.5', 'dollarsPerMillionTokens')).toBe(2_500_000_000n);
    expect(readPrice('2.5e-06', 'dollarsPerToken')).toBe(2_500_000_000n);
    expect(readPrice('0.0000025', 'dollarsPerToken')).toBe(2_500_000_000n);
    expect(readPrice('0.005', 'dollarsPerRequest')).toBe(5_000_000n);
  });

  test('drops the noise of floating numbers in a source and nothing else', () => {
    expect(readPrice('0.30000000000000004', 'dollarsPerMillionTokens')).toBe(300_000_000n);
    expect(readPrice('0.049999999999999996', 'dollarsPerMillionTokens')).toBe(50_000_000n);
  });

  test('never makes a price free by rounding', () => {
    expect(readPrice('0.0000000000001', 'dollarsPerMillionTokens')).toBe(1n);
    expect(readPrice('1e-200', 'dollarsPerToken')).toBe(1n);
    expect(readPrice('0.000', 'dollarsPerToken')).toBe(0n);
  });

  test.each(['-1', '-0.5', '', ' 1', '1,5', 'NaN', 'Infinity', '0x10', '1e999', '9'.repeat(41), '1e9', '1\n', '١'])(
    'knows no price where %j stands',
    text => {
      expect(readPrice(text, 'dollarsPerMillionTokens')).toBeUndefined();
    },
  );

  test.each([undefined, null, 1, true, {}, []])('knows no price where %j stands instead of text', value => {
    expect(readPrice(value, 'dollarsPerToken')).toBeUndefined();
  });

  test('is exact for every price with nine places, in every unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), nanos => {
        const dollars = `${nanos / 1_000_000_000n}.${(nanos % 1_000_000_000n).toString().padStart(9, '0')}`;
        expect(readPrice(dollars, 'dollarsPerMillionTokens')).toBe(nanos);
        expect(readPrice(`${dollars}e-6`, 'dollarsPerToken')).toBe(nanos);
        expect(readPrice(`${nanos}e-15`, 'dollarsPerToken')).toBe(nanos);
      }),
    );
  });

  test('answers any text with a price within bounds or none, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.eE+-]{0,30}$/)), text => {
        const price = readPrice(text, 'dollarsPerToken');
        expect(price === undefined || (price >= 0n && price <= 1_000_000_000_000_000n)).toBe(true);
      }),
    );
  });
});

describe('knownPrice', () => {
  const none = {
    input: undefined,
    output: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
    cacheWriteLong: undefined,
    reasoning: undefined,
    request: undefined,
    tiers: [],
  };

  test('believes a zero only of an offer that calls itself free', () => {
    expect(knownPrice({ ...none, input: 0n, output: 0n }, false)).toBeUndefined();
    expect(knownPrice({ ...none, input: 0n, output: 0n }, true)).toEqual({ input: 0n, output: 0n, tiers: [] });
  });

  test('takes a zero beside a price for "not charged apart": reasoning and cache are not free', () => {
    const price = knownPrice({ ...none, input: 5n, output: 9n, cacheRead: 0n, reasoning: 0n, request: 0n }, false);
    expect(price).toEqual({ input: 5n, output: 9n, tiers: [] });
  });

  test('orders tiers by size and keeps the first of two for one size', () => {
    const tier = (aboveInputTokens: number, input: bigint) => ({
      aboveInputTokens,
      input,
      output: undefined,
      cacheRead: undefined,
      cacheWrite: undefined,
    });
    const price = knownPrice({ ...none, input: 1n, tiers: [tier(200, 3n), tier(100, 2n), tier(200, 4n)] }, false);
    expect(price?.tiers).toEqual([
      { aboveInputTokens: 100, input: 2n },
      { aboveInputTokens: 200, input: 3n },
    ]);
  });
});
