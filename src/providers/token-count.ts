/** No call of any vendor counts as many; a larger number is a fault, and is dropped so that the gateway counts. */
const maxPlausibleTokens = 100_000_000;

/** A count of tokens as a vendor reported it; undefined for what is no whole number from 0 on, or beyond belief. */
export function asTokenCount(value: unknown): number | undefined {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxPlausibleTokens;
  return isCount ? value : undefined;
}
