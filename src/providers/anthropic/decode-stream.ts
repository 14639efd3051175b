import { asNumber, asObject, asObjects, asText, type JsonObject, parseJson } from '../json-value.ts';
import type { ProviderEvent, ProviderFailure } from '../provider.ts';
import type { StreamDecoder } from '../wire-protocol.ts';
import { type AnswerReader, createAnswerReader } from './answer-reader.ts';
import { readError } from './read-error.ts';

/**
 * Reads a streamed message. It is whole at `message_stop` and nowhere else; what follows that is ignored.
 *
 * A second `message_start` before any content is a repetition; later it would splice two answers, which is a fault.
 */
export function createMessageStreamDecoder(providerId: string | undefined): StreamDecoder {
  const answer = createAnswerReader(providerId);
  let isOver = false;

  function fail(failure: ProviderFailure): readonly ProviderEvent[] {
    isOver = true;
    return [{ type: 'failure', failure }];
  }

  return {
    read(event, data) {
      if (isOver) return [];
      const document = asObject(parseJson(data));
      if (document === undefined) return fail({ kind: 'protocol', detail: 'an event is no JSON object' });
      const type = asText(document.type) ?? event;
      if (type === 'error') return fail(readError(document));
      if (type === 'message_stop') {
        isOver = true;
        return answer.finish();
      }
      const events: ProviderEvent[] = [];
      const fault = readEvent(answer, type, document, events);
      if (fault !== undefined) events.push(...fail({ kind: 'protocol', detail: fault }));
      const failure = events.findIndex(({ type }) => type === 'failure');
      isOver = failure !== -1;
      return isOver ? events.slice(0, failure + 1) : events;
    },
    close() {
      return isOver ? [] : fail({ kind: 'cut', detail: 'the stream ended before message_stop' });
    },
  };
}

/** @returns What breaks the protocol, if anything does. */
function readEvent(
  answer: AnswerReader,
  type: string,
  document: JsonObject,
  events: ProviderEvent[],
): string | undefined {
  const index = asNumber(document.index) ?? 0;
  switch (type) {
    case 'message_start': {
      if (answer.hasBlocks) return 'a second message inside the first';
      const message = asObject(document.message);
      if (message === undefined) return 'message_start without a message';
      readMessage(answer, message, events);
      return undefined;
    }
    case 'content_block_start': {
      const block = asObject(document.content_block);
      if (block === undefined) return 'content_block_start without a block';
      answer.startBlock(index, block, events);
      return undefined;
    }
    case 'content_block_delta':
      return answer.readDelta(index, asObject(document.delta) ?? {}, events) ? undefined : 'a delta without its block';
    case 'content_block_stop':
      answer.stopBlock(index, events);
      return undefined;
    case 'message_delta':
      answer.readEnvelope({ ...asObject(document.delta), usage: document.usage }, events);
      return undefined;
    default:
      // `ping`, and what the API adds later: "new event types may be added, and code should handle unknown ones".
      return undefined;
  }
}

/** Reads a message that is there at once: its blocks, then what stands around them. */
export function readMessage(answer: AnswerReader, message: JsonObject, events: ProviderEvent[]): void {
  for (const [index, block] of asObjects(message.content).entries()) {
    answer.startBlock(index, block, events);
    answer.stopBlock(index, events);
  }
  answer.readEnvelope(message, events);
}
