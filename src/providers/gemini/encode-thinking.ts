import type { ReasoningEffort } from '../../model/completion-request.ts';
import type { JsonObject } from '../json-value.ts';
import type { ProviderRequest } from '../provider.ts';

/** What efforts stand for in Google's own OpenAI-compatible endpoint: https://ai.google.dev/gemini-api/docs/openai */
const effortBudgets: Readonly<Record<ReasoningEffort, number>> = {
  NONE: 0,
  MINIMAL: 1_024,
  LOW: 1_024,
  MEDIUM: 8_192,
  HIGH: 24_576,
};

/** Ranges of `thinkingBudget`, the first that fits the name: https://ai.google.dev/gemini-api/docs/thinking */
const budgetRanges: readonly {
  readonly model: RegExp;
  readonly min: number;
  readonly max: number;
  readonly mayStop: boolean;
}[] = [
  { model: /2\.5-pro/, min: 128, max: 32_768, mayStop: false },
  { model: /2\.5-flash-lite/, min: 512, max: 24_576, mayStop: true },
  { model: /./, min: 0, max: 24_576, mayStop: true },
];

/** Thoughts count towards the output limit: this share of it is the most they get, so that an answer has room. */
const maxShareOfOutput = 0.8;

/**
 * Writes `thinkingConfig`: a level for Gemini 3 and later, a budget for models before it and where the caller names a
 * number of tokens (both at once are refused). Thinking that can not be switched off is kept as small as can be.
 */
export function encodeThinking({ endpoint, prompt }: ProviderRequest): JsonObject {
  const { reasoning, maxOutputTokens } = prompt;
  if (reasoning === undefined || !endpoint.capabilities.includes('REASONING')) return {};
  const { effort, maxTokens, exclude } = reasoning;
  const amount =
    effort !== undefined && maxTokens === undefined && isLevelled(endpoint.wireModel)
      ? { thinkingLevel: levelOf(effort, endpoint.wireModel) }
      : budgetOf(
          maxTokens ?? (effort === undefined ? undefined : effortBudgets[effort]),
          endpoint.wireModel,
          maxOutputTokens,
        );
  const includesThoughts = !exclude && effort !== 'NONE';
  return { thinkingConfig: { ...amount, ...(includesThoughts ? { includeThoughts: true } : {}) } };
}

/** Whether the model is of Gemini 3 or later, which think by levels and demand their signatures back. */
export function isLevelled(wireModel: string): boolean {
  return Number(/gemini-(\d{1,2})/.exec(wireModel)?.[1] ?? 0) >= 3;
}

/** Pro models know no `minimal`, and Gemini 3 Pro no `medium`: https://ai.google.dev/gemini-api/docs/thinking */
function levelOf(effort: ReasoningEffort, wireModel: string): string {
  const isPro = /gemini-\d+(\.\d+)?-pro/.test(wireModel);
  if (effort === 'NONE' || effort === 'MINIMAL') return isPro ? 'low' : 'minimal';
  if (effort === 'MEDIUM' && /gemini-3-pro/.test(wireModel)) return 'high';
  return effort.toLowerCase();
}

function budgetOf(wanted: number | undefined, wireModel: string, maxOutputTokens: number): JsonObject {
  const range = budgetRanges.find(({ model }) => model.test(wireModel));
  if (wanted === undefined || range === undefined) return {};
  if (wanted === 0 && range.mayStop) return { thinkingBudget: 0 };
  const room = Math.floor(maxOutputTokens * maxShareOfOutput);
  return { thinkingBudget: Math.max(range.min, Math.min(wanted, range.max, room)) };
}
