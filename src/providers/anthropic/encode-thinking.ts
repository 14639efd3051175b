import type { Prompt, Reasoning, ReasoningEffort } from '../../model/completion-request.ts';
import type { JsonObject } from '../json-value.ts';
import type { ProviderRequest } from '../provider.ts';
import { readOutline } from './thinking-blocks.ts';

/** The least that `budget_tokens` may be: https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const minBudgetTokens = 1_024;
/** Larger ones bring little, and need batches: the same page. OpenRouter caps here too. */
const maxBudgetTokens = 128_000;

/** Shares of the output limit, as OpenRouter documents them for Anthropic: https://openrouter.ai/docs, "reasoning tokens". */
const budgetShares: Readonly<Record<Exclude<ReasoningEffort, 'NONE'>, number>> = {
  MINIMAL: 0.1,
  LOW: 0.2,
  MEDIUM: 0.5,
  HIGH: 0.8,
};

/** `output_config.effort`: https://platform.claude.com/docs/en/build-with-claude/effort */
const efforts = { MINIMAL: 'low', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' } as const;

export interface EncodedThinking {
  /** Members of the body. */
  readonly body: JsonObject;
  /** Member of `output_config`, where the model takes one. */
  readonly effort?: 'low' | 'medium' | 'high';
  readonly isOn: boolean;
}

const off: EncodedThinking = { body: {}, isOn: false };

/**
 * Writes how much to think. From Claude 4.6 on thinking is adaptive and steered by an effort; before it, and in other
 * vendors' models behind this protocol, by a budget of tokens, which counts towards the output limit.
 *
 * Where the API would refuse thinking it is left out: with a forced tool, with an answer to go on from, with an output
 * limit that holds no budget, and in a turn of tool calls whose own thinking is not given back.
 */
export function encodeThinking({ endpoint, prompt }: ProviderRequest): EncodedThinking {
  const { reasoning } = prompt;
  if (reasoning === undefined || !endpoint.capabilities.includes('REASONING')) return off;
  const isAdaptive = takesAdaptiveThinking(endpoint.wireModel);
  const isForced = prompt.toolChoice?.mode === 'REQUIRED' || prompt.toolChoice?.mode === 'TOOL';
  if (reasoning.effort === 'NONE') return isAdaptive ? { body: { thinking: { type: 'disabled' } }, isOn: false } : off;
  if (isForced || prompt.messages.at(-1)?.role === 'ASSISTANT') return off;
  if (isAdaptive) {
    const display = reasoning.exclude ? 'omitted' : 'summarized';
    const effort = effortOf(reasoning, prompt.maxOutputTokens);
    return {
      body: { thinking: { type: 'adaptive', display } },
      ...(effort === undefined ? {} : { effort }),
      isOn: true,
    };
  }
  const budget = budgetOf(reasoning, prompt.maxOutputTokens);
  if (budget >= prompt.maxOutputTokens || lacksThinking(prompt, endpoint.providerId)) return off;
  return { body: { thinking: { type: 'enabled', budget_tokens: budget } }, isOn: true };
}

/** `claude-opus-4-6`, `claude-sonnet-4.6`, `claude-fable-5` and later ones, with or without a vendor's prefix. */
export function takesAdaptiveThinking(wireModel: string): boolean {
  const version = /claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(wireModel);
  if (version === null) return false;
  const major = Number(version[1]);
  return major > 4 || (major === 4 && Number(version[2] ?? 0) >= 6);
}

function budgetOf({ effort, maxTokens }: Reasoning, maxOutputTokens: number): number {
  const share = effort === undefined || effort === 'NONE' ? budgetShares.MEDIUM : budgetShares[effort];
  const wanted = maxTokens ?? Math.floor(maxOutputTokens * share);
  // The budget must stay below the output limit.
  return Math.max(minBudgetTokens, Math.min(wanted, maxBudgetTokens, maxOutputTokens - 1));
}

/** A budget is turned into the effort whose share of the output limit holds it. */
function effortOf({ effort, maxTokens }: Reasoning, maxOutputTokens: number): EncodedThinking['effort'] {
  if (effort !== undefined && effort !== 'NONE') return efforts[effort];
  if (maxTokens === undefined) return undefined;
  const share = maxTokens / maxOutputTokens;
  if (share <= budgetShares.LOW) return 'low';
  return share <= budgetShares.MEDIUM ? 'medium' : 'high';
}

/** "Expected thinking, but found tool_use": a turn that called tools must begin with its thinking to go on with it. */
function lacksThinking(prompt: Prompt, providerId: string): boolean {
  const { messages } = prompt;
  const question = messages.findLastIndex(message => message.role === 'USER');
  return messages
    .slice(question + 1)
    .some(
      ({ role, toolCalls, continuation }) =>
        role === 'ASSISTANT' &&
        toolCalls.length > 0 &&
        !readOutline(continuation, providerId).some(({ type }) => type === 'thinking' || type === 'redacted_thinking'),
    );
}
