import { asObject, parseJson } from '../json-value.ts';
import type { ProviderEvent, ProviderFailure } from '../provider.ts';
import type { StreamDecoder } from '../wire-protocol.ts';
import { createAnswerReader } from './answer-reader.ts';

/**
 * Reads a streamed answer. The API has no terminal marker: it is whole when a `finishReason` was read and the body
 * ended without fault. Older models put a `finishReason` on every chunk, so that the first one ends nothing.
 */
export function createContentStreamDecoder(providerId: string | undefined): StreamDecoder {
  const answer = createAnswerReader(providerId);
  let isOver = false;

  function fail(failure: ProviderFailure): readonly ProviderEvent[] {
    isOver = true;
    return [{ type: 'failure', failure }];
  }

  return {
    read(_event, data) {
      if (isOver) return [];
      const document = parseJson(data);
      // Vertex AI wraps an error in an array, also in the midst of a stream.
      const chunk = asObject(Array.isArray(document) ? document[0] : document);
      if (chunk === undefined) return fail({ kind: 'protocol', detail: 'an event is no JSON object' });
      const events = answer.read(chunk);
      isOver = events.at(-1)?.type === 'failure';
      return events;
    },
    close() {
      if (isOver) return [];
      if (!answer.hasFinish) return fail({ kind: 'cut', detail: 'the stream ended without a finishReason' });
      isOver = true;
      return answer.finish();
    },
  };
}
