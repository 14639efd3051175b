import { expect, test } from 'vitest';
import type { Price } from '../../src/model/catalog.ts';
import { costOf, noTokens } from '../../src/model/usage.ts';

const price: Price = {
  input: 1_000_000n,
  cacheWrite: 2_000_000n,
  cacheWriteLong: 3_000_000n,
  tiers: [{ aboveInputTokens: 100, input: 4_000_000n, cacheWrite: 5_000_000n }],
};
const written = (tokens: number, longTokens: number) => ({
  ...noTokens,
  inputTokens: tokens,
  cacheWriteTokens: tokens,
  cacheWriteLongTokens: longTokens,
});

test('a write to a cache that lives an hour costs its own price, and never less than a short-lived one of its tier', () => {
  expect(costOf(written(10, 10), price)).toBe(30n);
  expect(costOf(written(200, 200), price)).toBe(1000n);
  expect(costOf(written(200, 100), price)).toBe(1000n);
});

test('a long-lived write without a price of its own costs as a short-lived one, and without that as input', () => {
  const { cacheWriteLong: _long, ...short } = price;
  expect(costOf(written(10, 10), short)).toBe(20n);
  expect(costOf(written(10, 10), { input: 1_000_000n, tiers: [] })).toBe(10n);
});
