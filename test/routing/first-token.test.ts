import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countedAs, firstTokenLimitMs, inputSizeOf, inputSizes } from '../../src/routing/first-token.ts';

const noCeiling = 60_000;

test('waits 5 to 12 s by the size of the input while too little is known', () => {
  const limits = [1, 1_024, 1_025, 8_192, 8_193, 100_000, 1_000_000].map(tokens =>
    firstTokenLimitMs(undefined, tokens, noCeiling),
  );
  expect(limits).toEqual([5_000, 5_000, 6_000, 6_000, 8_000, 10_000, 12_000]);
});

test('waits twice the 99th percentile, never less than 2 s and never more than the administrator allows', () => {
  expect(firstTokenLimitMs(3_000, 10, noCeiling)).toBe(6_000);
  expect(firstTokenLimitMs(20, 10, noCeiling)).toBe(2_000);
  expect(firstTokenLimitMs(30_000, 10, 12_000)).toBe(12_000);
  expect(firstTokenLimitMs(undefined, 10, 200)).toBe(200);
});

test('an endpoint that is given up again and again is waited for longer, up to the ceiling', () => {
  let p99Ms = 1_000;
  const limits = Array.from({ length: 6 }, () => {
    const limitMs = firstTokenLimitMs(p99Ms, 10, 12_000);
    p99Ms = countedAs(limitMs);
    return limitMs;
  });
  expect(limits).toEqual([2_000, 8_000, 12_000, 12_000, 12_000, 12_000]);
});

test('every input has a size, and a longer one never a shorter limit', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(10_000_000), (one, other) => {
      const [less, more] = one < other ? [one, other] : [other, one];
      expect(inputSizeOf(more)).toBeLessThan(inputSizes);
      expect(inputSizeOf(less)).toBeGreaterThanOrEqual(0);
      expect(firstTokenLimitMs(undefined, more, noCeiling)).toBeGreaterThanOrEqual(
        firstTokenLimitMs(undefined, less, noCeiling),
      );
    }),
  );
});
