import type { Prompt, PromptMessage, PromptPart } from '../model/completion-request.ts';
import { withoutRedactions } from '../model/redaction.ts';
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
 * Adds what was delivered to a request, as data that the next endpoint receives: the content rules on prompts look at it,
 * as one text with what the caller has begun to answer, where the request ends with that.
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
  const begun = begunAnswer(prompt.messages);
  const spoken = begun === undefined ? saidByModel(whole) : { ...begun, parts: [...begun.parts, textPart(whole)] };
  const { prompt: left, findings, ...inspected } = inspectRequest({ ...prompt, messages: [spoken] }, content);
  const known = inspectRequest({ ...prompt, messages: begun === undefined ? [] : [begun] }, content);
  const before = begun === undefined ? prompt.messages : prompt.messages.slice(0, -1);
  const messages = [...before, ...(begun === undefined ? left.messages : left.messages.map(withLastTextsJoined))];
  const added = left.messages.flatMap(({ parts }) => parts.filter(part => begun?.parts.includes(part) !== true));
  const text = added.map(textOfPart).join('');
  const maxOutputTokens = Math.max(1, needs.maxOutputTokens - countTokens(delivered));
  return {
    ...inspected,
    findings: withoutRedactions(findings, known.findings),
    prompt: { ...prompt, messages, maxOutputTokens },
    needs: {
      ...needs,
      inputTokens: needs.inputTokens + tokensPerMessage + estimateTokens(text),
      mostInputTokens: needs.mostInputTokens + tokensPerMessage + mostTokens(text),
      maxOutputTokens,
    },
    sent: messages.at(-1)?.parts.slice(-1).map(textOfPart).join('') ?? '',
    unsent: delivered.slice(whole.length),
  };
}

/** What the caller has begun to answer, where the request ends with that: a text, which what was delivered goes on from. */
function begunAnswer(messages: readonly PromptMessage[]): PromptMessage | undefined {
  const last = messages.at(-1);
  const isText = last?.role === 'ASSISTANT' && last.toolCalls.length === 0 && last.parts.at(-1)?.type === 'text';
  return isText ? last : undefined;
}

function withLastTextsJoined(message: PromptMessage): PromptMessage {
  const [begun, added] = message.parts.slice(-2);
  if (begun?.type !== 'text' || added?.type !== 'text') return message;
  return { ...message, parts: [...message.parts.slice(0, -2), { ...begun, text: begun.text + added.text }] };
}

function saidByModel(text: string): PromptMessage {
  return { role: 'ASSISTANT', parts: [textPart(text)], toolCalls: [] };
}

function textPart(text: string): PromptPart {
  return { type: 'text', text, cacheUpToHere: false };
}

function textOfPart(part: PromptPart): string {
  return part.type === 'text' ? part.text : '';
}

function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}
