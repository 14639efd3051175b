import type { NanoDollars } from '../model/money.ts';

const decimal = /^\+?(\d{1,40})(?:\.(\d{0,60}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** No model costs more than a million dollars per million tokens: a number above it is a wrong unit or an attack. */
const highest: NanoDollars = 1_000_000_000_000_000n;

/** What one unit of a source's price is worth, as a power of ten of a nano-dollar per million tokens. */
export const unitExponent = {
  dollarsPerMillionTokens: 9,
  dollarsPerToken: 15,
  dollarsPerRequest: 9,
} as const;

export type PriceUnit = keyof typeof unitExponent;

/**
 * Reads a price from its decimal text, exactly: no floating number is ever made of it.
 *
 * What is smaller than a nano-dollar is rounded to the nearest (sources carry noise like 0.30000000000000004), but what
 * is not zero never becomes zero.
 *
 * @param text Decimal, with or without an exponent: `0.59`, `5.9e-07`.
 * @returns Nano-dollars per million tokens (per request for that unit); undefined where the text is no number, is
 *   negative (OpenRouter's "-1" means unknown), or exceeds a million dollars.
 */
export function readPrice(text: unknown, unit: PriceUnit): NanoDollars | undefined {
  if (typeof text !== 'string') return undefined;
  const match = decimal.exec(text);
  if (match === null) return undefined;
  const [, whole = '', places = '', exponent = '0'] = match;
  const digits = BigInt(`${whole}${places}`);
  if (digits === 0n) return 0n;
  const shift = Number(exponent) + unitExponent[unit] - places.length;
  if (shift > 60) return undefined;
  const amount = shift >= 0 ? digits * 10n ** BigInt(shift) : divideToNearest(digits, -shift);
  return amount > highest ? undefined : amount;
}

function divideToNearest(digits: bigint, shift: number): bigint {
  const divisor = 10n ** BigInt(shift);
  const nearest = (digits + divisor / 2n) / divisor;
  return nearest === 0n ? 1n : nearest;
}
