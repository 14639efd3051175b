import { formatDollars } from '../../model/money.ts';
import type { TokenUsage } from '../../model/usage.ts';

/** Usage as OpenAI and OpenRouter write it; `cost` in US dollars. */
export function writeUsage(usage: TokenUsage): Readonly<Record<string, unknown>> {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    // A float is the form that OpenRouter's clients read; the exact amount stands in the ledger.
    cost: Number(formatDollars(usage.cost)),
    is_estimated: usage.estimated,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens, cache_write_tokens: usage.cacheWriteTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
