import { type NanoDollars, parseDollars } from '../../model/money.ts';
import type { ReportedUsage } from '../../model/usage.ts';
import { asNumber, asObject, type JsonObject } from '../json-value.ts';
import { asTokenCount } from '../token-count.ts';

/** xAI states its price in these: https://docs.x.ai, `cost_in_usd_ticks`. */
const ticksPerNanoDollar = 10;
const maxPlausibleDollars = 100_000;

/**
 * Reads a `usage` object of chat completions. Counts that are no whole number from 0 on, or beyond belief, are dropped.
 *
 * Vendors differ in what contains what, and `total_tokens` tells: where it is the sum with the reasoning, or with the
 * cached input, these were reported apart and are added. What can not be true otherwise (more reasoning than output)
 * is cut to what contains it.
 */
export function readUsage(usage: JsonObject): ReportedUsage {
  const inputDetails = asObject(usage.prompt_tokens_details);
  const outputDetails = asObject(usage.completion_tokens_details);
  const input = asTokenCount(usage.prompt_tokens);
  const output = asTokenCount(usage.completion_tokens);
  const total = asTokenCount(usage.total_tokens);
  const reasoning = asTokenCount(outputDetails?.reasoning_tokens) ?? asTokenCount(usage.reasoning_tokens);
  const cacheWrite = asTokenCount(inputDetails?.cache_write_tokens);
  const cached =
    asTokenCount(inputDetails?.cached_tokens) ??
    asTokenCount(usage.prompt_cache_hit_tokens) ??
    asTokenCount(usage.cached_tokens) ??
    asTokenCount(usage.num_cached_tokens);
  const providerCost = readCost(usage);

  const plain = (input ?? 0) + (output ?? 0);
  const isReasoningApart = reasoning !== undefined && reasoning > 0 && total === plain + reasoning;
  const isCacheApart = cached !== undefined && input !== undefined && cached > input && total === plain + cached;
  const allOutput = isReasoningApart && output !== undefined ? output + reasoning : output;
  const allInput = isCacheApart ? input + cached : input;
  return {
    ...(allInput === undefined ? {} : { inputTokens: allInput }),
    ...(allOutput === undefined ? {} : { outputTokens: allOutput }),
    ...(reasoning === undefined ? {} : { reasoningTokens: Math.min(reasoning, allOutput ?? reasoning) }),
    ...(cached === undefined ? {} : { cachedInputTokens: Math.min(cached, allInput ?? cached) }),
    ...(cacheWrite === undefined ? {} : { cacheWriteTokens: Math.min(cacheWrite, allInput ?? cacheWrite) }),
    ...(providerCost === undefined ? {} : { providerCost }),
  };
}

/** OpenRouter: `cost` in dollars; Perplexity: `cost.total_cost`; xAI: ticks. */
function readCost(usage: JsonObject): NanoDollars | undefined {
  const ticks = asNumber(usage.cost_in_usd_ticks);
  if (ticks !== undefined && ticks >= 0 && Number.isSafeInteger(ticks)) {
    return BigInt(Math.round(ticks / ticksPerNanoDollar));
  }
  const dollars = asNumber(usage.cost) ?? asNumber(asObject(usage.cost)?.total_cost);
  if (dollars === undefined || dollars < 0 || dollars > maxPlausibleDollars) return undefined;
  return parseDollars(dollars.toFixed(9));
}
