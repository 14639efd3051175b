import { continuationData, encodeContinuation } from '../continuation.ts';
import { asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';

/** A block of reasoning that the API wants back as it was. */
export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

/** What stood where in an answer: reasoning between texts (by their length in UTF-16 units) and calls of tools. */
export type AnswerOutline = readonly (
  | ThinkingBlock
  | { readonly type: 'text'; readonly length: number }
  | { readonly type: 'tool_use'; readonly id: string }
)[];

/** More opaque state than this is not kept: it would come back with every turn. */
const maxContinuationUnits = 1_048_576;

/** The `continuation` event, where the answer held reasoning to give back. */
export function continuationOf(outline: AnswerOutline, providerId: string | undefined): readonly ProviderEvent[] {
  const hasThinking = outline.some(block => block.type === 'thinking' || block.type === 'redacted_thinking');
  if (!hasThinking || JSON.stringify(outline).length > maxContinuationUnits) return [];
  const origin = providerId === undefined ? {} : { providerId };
  return [{ type: 'continuation', value: encodeContinuation({ protocol: 'anthropic', ...origin, data: { outline } }) }];
}

/**
 * Reads what `continuationOf` wrote. It comes from the caller: only the members known here are copied, so that nothing
 * but reasoning, which the API checks by its signature, can come in this way.
 */
export function readOutline(continuation: string | undefined, providerId: string): AnswerOutline {
  const data = asObject(continuationData(continuation, 'anthropic', providerId));
  return asObjects(data?.outline).flatMap(readBlock);
}

function readBlock(block: JsonObject): AnswerOutline {
  switch (block.type) {
    case 'thinking': {
      const signature = asText(block.signature);
      return signature === undefined ? [] : [{ type: 'thinking', thinking: asText(block.thinking) ?? '', signature }];
    }
    case 'redacted_thinking': {
      const data = asText(block.data);
      return data === undefined ? [] : [{ type: 'redacted_thinking', data }];
    }
    case 'text':
      return typeof block.length === 'number' ? [{ type: 'text', length: block.length }] : [];
    case 'tool_use':
      return typeof block.id === 'string' ? [{ type: 'tool_use', id: block.id }] : [];
    default:
      return [];
  }
}
