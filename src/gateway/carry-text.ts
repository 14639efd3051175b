import type { Prompt, PromptMessage } from '../model/completion-request.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import type { RequestNeeds } from '../routing/candidate.ts';
import { countTokens } from '../stream/count-tokens.ts';
import { estimateTokens } from '../stream/estimate-tokens.ts';
import { mostTokens } from '../stream/most-tokens.ts';
import { type InspectedRequest, inspectRequest } from './inspect-request.ts';

/** Role and separators of a chat message, as estimates of input have them. */
const tokensPerMessage = 4;

/** A text that was delivered, as the beginning of what another endpoint is to say. */
export interface CarriedText extends Omit<InspectedRequest, 'prompt'> {
  /** The request with it, for an answer that is shorter by as much. */
  readonly prompt: Prompt;
  readonly needs: RequestNeeds;
  /** What the endpoint goes on from, as the content rules let it be sent. */
  readonly sent: string;
  /** Its end that is not sent: vendors refuse white space there, or continue badly from it; half a character is none. */
  readonly unsent: string;
}

/**
 * Adds what was delivered to a request, as data that the next endpoint receives: the content rules on prompts look at it.
 *
 * @param content All of them, those that have looked at the prompt already among them.
 */
export function carryText(
  delivered: string,
  prompt: Prompt,
  needs: RequestNeeds,
  content: readonly BoundContentDemand[],
): CarriedText {
  const whole = withoutHalf(delivered).trimEnd();
  const inspected = inspectRequest({ ...prompt, messages: [saidByModel(whole)] }, content);
  const text = inspected.prompt.messages.flatMap(({ parts }) => parts.map(textOfPart)).join('');
  const { messages, begun } = continued(prompt.messages, text);
  const maxOutputTokens = Math.max(1, needs.maxOutputTokens - countTokens(delivered));
  return {
    ...inspected,
    prompt: { ...prompt, messages, maxOutputTokens },
    needs: {
      ...needs,
      inputTokens: needs.inputTokens + tokensPerMessage + estimateTokens(text),
      mostInputTokens: needs.mostInputTokens + tokensPerMessage + mostTokens(text),
      maxOutputTokens,
    },
    sent: begun + text,
    unsent: delivered.slice(whole.length),
  };
}

/** Behind what the caller has begun to answer already, where the request ends with that. */
function continued(messages: readonly PromptMessage[], text: string) {
  const last = messages.at(-1);
  const part = last?.parts.at(-1);
  if (last?.role !== 'ASSISTANT' || last.toolCalls.length > 0 || part?.type !== 'text') {
    return { begun: '', messages: [...messages, saidByModel(text)] };
  }
  const parts = [...last.parts.slice(0, -1), { ...part, text: part.text + text }];
  return { begun: part.text, messages: [...messages.slice(0, -1), { ...last, parts }] };
}

function saidByModel(text: string): PromptMessage {
  return { role: 'ASSISTANT', parts: [{ type: 'text', text, cacheUpToHere: false }], toolCalls: [] };
}

function textOfPart(part: PromptMessage['parts'][number]): string {
  return part.type === 'text' ? part.text : '';
}

function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}
