import type { Price } from '../model/catalog.ts';
import type { NanoDollars } from '../model/money.ts';
import { costOf, noTokens, noUsage, type ReportedUsage, type TokenCounts, type TokenUsage } from '../model/usage.ts';

/** No call counts as many: what is reported beyond is no count. */
export const mostCredibleTokens = 1_000_000_000;

/** A billion dollars: what budgets count of one attempt at most. A ninth of what the ledger adds up to. */
const mostCost = 1_000_000_000n * 1_000_000_000n;

/** What the gateway knows by its own counting, for what a provider does not report. Called only where needed. */
export interface OwnCounts {
  inputTokens(): number;
  outputTokens(): number;
}

/** What makes sense of a report: whole counts from 0 to 10^9, and a cost of nothing or more. The rest was not reported. */
export function credible({ providerCost, ...counts }: ReportedUsage): ReportedUsage {
  const known = Object.fromEntries(Object.entries(counts).filter(([, count]) => isCount(count)));
  return typeof providerCost === 'bigint' && providerCost >= 0n ? { ...known, providerCost } : known;
}

/** The cost as far as budgets and the ledger take it. */
export function bookable(cost: NanoDollars): NanoDollars {
  if (cost < 0n) return 0n;
  return cost > mostCost ? mostCost : cost;
}

/**
 * What an attempt is booked at.
 *
 * What the provider reported counts; what it left out, or what makes no sense, is counted here, and the whole is marked as
 * estimated. Parts that contradict their whole (more cached than input, more reasoning than output) are cut to it, and a cost
 * that nobody could book to the most that can be.
 */
export function meterUsage(reported: ReportedUsage, counts: OwnCounts, price: Price | undefined): TokenUsage {
  const { providerCost, ...known } = credible(reported);
  const { inputTokens, outputTokens } = known;
  const isCounted = inputTokens === undefined || outputTokens === undefined;
  const tokens = consistent({
    ...noTokens,
    ...known,
    inputTokens: inputTokens ?? counts.inputTokens(),
    outputTokens: outputTokens ?? counts.outputTokens(),
  });
  const actual = costOf(tokens, price) ?? providerCost;
  const cost = bookable(actual ?? 0n);
  return { ...tokens, cost, estimated: isCounted || cost !== actual };
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

function isCount(count: unknown): boolean {
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= mostCredibleTokens;
}
