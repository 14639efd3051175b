import type { Price } from './catalog.ts';
import { maxNanoDollars, type NanoDollars } from './money.ts';
import { costOf, noTokens, type TokenCounts } from './usage.ts';

/**
 * The most that a call can cost. Input counts as what is dearest of reading it, reading it from a cache, writing it to one, or
 * to one that lives an hour; output as the dearer of text and reasoning. A dearer tier counts where twice the input would reach it, since
 * a provider may count more tokens than the gateway.
 *
 * @returns Undefined where a price that is needed is unknown.
 */
export function worstCaseCost(
  inputTokens: number,
  maxOutputTokens: number,
  price: Price | undefined,
): NanoDollars | undefined {
  const reachable = price?.tiers.filter(tier => inputTokens * 2 > tier.aboveInputTokens) ?? [];
  const prices = [price, ...reachable.map(tier => ({ ...price, ...tier, tiers: [] }))];
  let most: NanoDollars | undefined = 0n;
  for (const one of prices) {
    const cost = dearestUse(inputTokens, maxOutputTokens, one);
    most = cost === undefined || most === undefined ? undefined : maxNanoDollars(most, cost);
  }
  return most;
}

function dearestUse(inputTokens: number, maxOutputTokens: number, price: Price | undefined): NanoDollars | undefined {
  const tokens: TokenCounts = { ...noTokens, inputTokens, outputTokens: maxOutputTokens };
  const inputs: readonly Partial<TokenCounts>[] = [
    {},
    ...(price?.cacheRead === undefined ? [] : [{ cachedInputTokens: inputTokens }]),
    ...(price?.cacheWrite === undefined ? [] : [{ cacheWriteTokens: inputTokens }]),
    ...(price?.cacheWriteLong === undefined
      ? []
      : [{ cacheWriteTokens: inputTokens, cacheWriteLongTokens: inputTokens }]),
  ];
  const outputs: readonly Partial<TokenCounts>[] =
    price?.reasoning === undefined ? [{}] : [{}, { reasoningTokens: maxOutputTokens }];
  let most: NanoDollars | undefined = 0n;
  for (const input of inputs) {
    for (const output of outputs) {
      const cost = costOf({ ...tokens, ...input, ...output }, price);
      most = cost === undefined || most === undefined ? undefined : maxNanoDollars(most, cost);
    }
  }
  return most;
}
