import type { ReportedUsage } from '../../model/usage.ts';
import type { JsonObject } from '../json-value.ts';
import { asTokenCount } from '../token-count.ts';

/**
 * Reads `usageMetadata`: https://ai.google.dev/api/generate-content#UsageMetadata. Counts that make no sense are dropped.
 *
 * The prompt's count includes what was cached, and not what tools of the provider's own added; that of the candidates
 * leaves the thoughts out, unless the total shows that it holds them.
 */
export function readUsage(usage: JsonObject): ReportedUsage {
  const prompt = asTokenCount(usage.promptTokenCount);
  const toolUse = asTokenCount(usage.toolUsePromptTokenCount) ?? 0;
  const cached = asTokenCount(usage.cachedContentTokenCount);
  const candidates = asTokenCount(usage.candidatesTokenCount);
  const thoughts = asTokenCount(usage.thoughtsTokenCount);
  const total = asTokenCount(usage.totalTokenCount);
  const input = prompt === undefined ? undefined : prompt + toolUse;
  const isInside =
    candidates !== undefined && thoughts !== undefined && thoughts <= candidates && total === (input ?? 0) + candidates;
  const apart = (candidates ?? 0) + (isInside ? 0 : (thoughts ?? 0));
  const rest = total !== undefined && input !== undefined && total >= input ? total - input : undefined;
  const output = candidates === undefined && thoughts === undefined ? rest : apart;
  return {
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(cached === undefined ? {} : { cachedInputTokens: Math.min(cached, input ?? cached) }),
    ...(output === undefined ? {} : { outputTokens: output }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
  };
}
