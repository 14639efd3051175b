import { encodeContinuation } from '../continuation.ts';
import { asNumber, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';

/** More opaque state than this is not kept: it would come back with every turn. */
const maxContinuationUnits = 1_048_576;

export interface ContinuationBuilder {
  /** Reads `reasoning_details` and `reasoning_content` of a `delta` or `message`. */
  read(message: JsonObject): void;
  /** The `continuation` event, where there is something to give back. */
  build(hasToolCalls: boolean): readonly ProviderEvent[];
}

/**
 * Keeps what a provider wants back with the next turn: OpenRouter's `reasoning_details` as they came, and, where tools
 * were called, the `reasoning_content` that DeepSeek, Moonshot and Z.ai demand then. Both mean something at the same
 * provider only.
 *
 * Streamed details of one index are fragments of one entry, whose text is joined; the signature comes last.
 */
export function createContinuationBuilder(providerId: string | undefined): ContinuationBuilder {
  const details: Record<string, unknown>[] = [];
  let reasoningContent = '';
  let size = 0;

  function readDetail(detail: JsonObject): void {
    const last = details.at(-1);
    const textName = detail.type === 'reasoning.summary' ? 'summary' : 'text';
    const isFragment =
      last !== undefined &&
      detail.type !== 'reasoning.encrypted' &&
      last.type === detail.type &&
      asNumber(detail.index) !== undefined &&
      last.index === detail.index;
    if (!isFragment) {
      details.push({ ...detail });
      return;
    }
    const before = last[textName];
    for (const [name, value] of Object.entries(detail)) {
      if (value !== null && value !== undefined && value !== '') last[name] = value;
    }
    const joined = `${asText(before) ?? ''}${asText(detail[textName]) ?? ''}`;
    if (joined !== '') last[textName] = joined;
  }

  return {
    read(message) {
      if (size > maxContinuationUnits) return;
      for (const detail of asObjects(message.reasoning_details)) {
        size += JSON.stringify(detail).length;
        readDetail(detail);
      }
      const text = asText(message.reasoning_content) ?? '';
      size += text.length;
      reasoningContent += text;
    },
    build(hasToolCalls) {
      const wantsReasoning = hasToolCalls && reasoningContent !== '';
      if (size > maxContinuationUnits || (details.length === 0 && !wantsReasoning)) return [];
      const data = {
        ...(details.length === 0 ? {} : { reasoning_details: details }),
        ...(wantsReasoning ? { reasoning_content: reasoningContent } : {}),
      };
      const origin = providerId === undefined ? {} : { providerId };
      return [{ type: 'continuation', value: encodeContinuation({ protocol: 'openai', ...origin, data }) }];
    },
  };
}
