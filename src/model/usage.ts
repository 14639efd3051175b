import type { Price, PriceTier } from './catalog.ts';
import type { NanoDollars } from './money.ts';

/** Tokens of one or more attempts. */
export interface TokenCounts {
  /** All input, what was read from and written to a cache included. */
  readonly inputTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` that was written to a cache which lives an hour. */
  readonly cacheWriteLongTokens: number;
}

export interface TokenUsage extends TokenCounts {
  readonly cost: NanoDollars;
  /** True where the provider did not report it all, and the gateway counted or assumed. */
  readonly estimated: boolean;
}

/** What a provider said about its own usage; absent members were not reported. */
export interface ReportedUsage extends Partial<TokenCounts> {
  /** What the provider says that it charges for the call (OpenRouter, xAI). Kept as a fact; billed where no price is known. */
  readonly providerCost?: NanoDollars;
}

export const noTokens: TokenCounts = {
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteLongTokens: 0,
};

export const noUsage: TokenUsage = { ...noTokens, cost: 0n, estimated: false };

export function addUsage(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
    cacheWriteLongTokens: left.cacheWriteLongTokens + right.cacheWriteLongTokens,
    cost: left.cost + right.cost,
    estimated: left.estimated || right.estimated,
  };
}

/**
 * What these tokens cost at this price, rounded once, up.
 *
 * Cache reads without a price of their own cost as input, cache writes likewise, reasoning as output. A write to a cache
 * that lives an hour never costs less than one to a short-lived cache, whose price alone a tier may raise.
 *
 * @returns Nano-dollars, or undefined where a price that is needed is unknown.
 */
export function costOf(tokens: TokenCounts, price: Price | undefined): NanoDollars | undefined {
  if (price === undefined) return undefined;
  const tier = tierFor(price, tokens.inputTokens);
  const input = tier?.input ?? price.input;
  const output = tier?.output ?? price.output;
  const cacheWrite = tier?.cacheWrite ?? price.cacheWrite ?? input;
  const uncached = Math.max(0, tokens.inputTokens - tokens.cachedInputTokens - tokens.cacheWriteTokens);
  let perMillion: NanoDollars | undefined = 0n;
  function add(count: number, unitPrice: NanoDollars | undefined): void {
    if (count <= 0 || perMillion === undefined) return;
    perMillion = unitPrice === undefined ? undefined : perMillion + BigInt(count) * unitPrice;
  }
  add(uncached, input);
  add(tokens.cachedInputTokens, tier?.cacheRead ?? price.cacheRead ?? input);
  add(tokens.cacheWriteTokens - tokens.cacheWriteLongTokens, cacheWrite);
  add(tokens.cacheWriteLongTokens, larger(price.cacheWriteLong, cacheWrite));
  add(Math.max(0, tokens.outputTokens - tokens.reasoningTokens), output);
  add(tokens.reasoningTokens, price.reasoning ?? output);
  if (perMillion === undefined) return undefined;
  return (perMillion + 999_999n) / 1_000_000n + (price.request ?? 0n);
}

function larger(left: NanoDollars | undefined, right: NanoDollars | undefined): NanoDollars | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left > right ? left : right;
}

function tierFor(price: Price, inputTokens: number): PriceTier | undefined {
  let found: PriceTier | undefined;
  for (const tier of price.tiers) if (inputTokens > tier.aboveInputTokens) found = tier;
  return found;
}
