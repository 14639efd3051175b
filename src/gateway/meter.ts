import type { Price } from '../model/catalog.ts';
import type { NanoDollars } from '../model/money.ts';
import { costOf, noTokens, noUsage, type ReportedUsage, type TokenCounts, type TokenUsage } from '../model/usage.ts';

/** No call counts as many: what is reported beyond is no count. */
export const mostTokens = 1_000_000_000;

/** What the gateway knows by its own counting, for what a provider does not report. Called only where needed. */
export interface OwnCounts {
  inputTokens(): number;
  outputTokens(): number;
}

/**
 * What an attempt is booked at.
 *
 * What the provider reported counts; what it left out is counted here, and the whole is marked as estimated. Parts that
 * contradict their whole (more cached than input, more reasoning than output) are cut to it.
 */
export function meterUsage(reported: ReportedUsage, counts: OwnCounts, price: Price | undefined): TokenUsage {
  const { inputTokens, outputTokens } = reported;
  const isCounted = inputTokens === undefined || outputTokens === undefined;
  const tokens = consistent({
    ...noTokens,
    ...withoutUndefined(reported),
    inputTokens: inputTokens ?? counts.inputTokens(),
    outputTokens: outputTokens ?? counts.outputTokens(),
  });
  const cost = costOf(tokens, price) ?? reported.providerCost;
  return { ...tokens, cost: cost ?? 0n, estimated: isCounted || cost === undefined };
}

/** Booked for an attempt that its provider can not have charged for. */
export const nothingUsed: TokenUsage = noUsage;

/** Booked where the outcome of an attempt stays unknown: what was reserved for it. */
export function assumedUsage(inputTokens: number, maxOutputTokens: number, cost: NanoDollars): TokenUsage {
  return { ...noTokens, inputTokens, outputTokens: maxOutputTokens, cost, estimated: true };
}

function consistent(tokens: TokenCounts): TokenCounts {
  const cachedInputTokens = Math.min(tokens.cachedInputTokens, tokens.inputTokens);
  const cacheWriteTokens = Math.min(tokens.cacheWriteTokens, tokens.inputTokens - cachedInputTokens);
  return {
    inputTokens: tokens.inputTokens,
    outputTokens: tokens.outputTokens,
    reasoningTokens: Math.min(tokens.reasoningTokens, tokens.outputTokens),
    cachedInputTokens,
    cacheWriteTokens,
    cacheWriteLongTokens: Math.min(tokens.cacheWriteLongTokens, cacheWriteTokens),
  };
}

function withoutUndefined({ providerCost: _kept, ...reported }: ReportedUsage): Partial<TokenCounts> {
  return Object.fromEntries(Object.entries(reported).filter(([, count]) => count !== undefined));
}
