import { asObject, parseJson } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import type { StreamDecoder } from '../wire-protocol.ts';
import { createAnswerReader } from './answer-reader.ts';
import { readError } from './read-error.ts';

/** What follows a `finish_reason` usually comes in the same write. */
const usageGraceMs = 1_000;
/** After the usage only `[DONE]` is missing. */
const markerGraceMs = 200;

/**
 * Reads a streamed chat completion.
 *
 * It is whole once a `finish_reason` was read, with `[DONE]` or without: several vendors never send that, and some then
 * keep the connection open. Without a `finish_reason` (Snowflake) only `[DONE]` right after the usage makes it whole;
 * anything else was cut.
 */
export function createChatStreamDecoder(providerId: string | undefined): StreamDecoder {
  const answer = createAnswerReader(providerId);
  let isOver = false;

  function fail(failure: Extract<ProviderEvent, { type: 'failure' }>['failure']): readonly ProviderEvent[] {
    isOver = true;
    return [{ type: 'failure', failure }];
  }

  function finish(): readonly ProviderEvent[] {
    isOver = true;
    return answer.finish();
  }

  return {
    read(event, data) {
      if (isOver) return [];
      if (data.startsWith('[DONE]')) {
        if (answer.hasFinish || answer.hasFinalUsage) return finish();
        return fail({ kind: 'cut', detail: '[DONE] without a finish_reason' });
      }
      const chunk = asObject(parseJson(data));
      if (chunk === undefined) return fail({ kind: 'protocol', detail: 'an event is no JSON object' });
      if (event === 'error') return fail(readError(chunk));
      const events: ProviderEvent[] = [];
      answer.read(chunk, events);
      if (events.at(-1)?.type === 'failure') isOver = true;
      else if (events.length === 0 && isFlatError(chunk)) return fail(readError(chunk));
      return events;
    },
    get graceMs() {
      if (isOver || !answer.hasFinish) return undefined;
      return answer.hasFinalUsage ? markerGraceMs : usageGraceMs;
    },
    close() {
      if (isOver) return [];
      return answer.hasFinish ? finish() : fail({ kind: 'cut', detail: 'the stream ended without a finish_reason' });
    },
  };
}

/** vLLM and Mistral: `{"object":"error","message":…}` in place of a chunk. */
function isFlatError(chunk: Readonly<Record<string, unknown>>): boolean {
  const { object } = chunk;
  return !('choices' in chunk) && typeof object === 'string' && object.toLowerCase() === 'error';
}
