import { asObject, parseJson } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import { createAnswerReader } from './answer-reader.ts';
import { readMessage } from './decode-stream.ts';
import { readError } from './read-error.ts';

/** Reads a unary message: the same events as a stream's, in one batch. */
export function decodeMessage(body: string, providerId: string | undefined): readonly ProviderEvent[] {
  const message = asObject(parseJson(body));
  if (message === undefined) {
    return [{ type: 'failure', failure: { kind: 'protocol', detail: 'the body is no JSON object' } }];
  }
  if (asObject(message.error) !== undefined) return [{ type: 'failure', failure: readError(message) }];
  if (!Array.isArray(message.content)) {
    return [{ type: 'failure', failure: { kind: 'protocol', detail: 'the body has no content' } }];
  }
  if (message.stop_reason === null || message.stop_reason === undefined) {
    return [{ type: 'failure', failure: { kind: 'cut', detail: 'the message has no stop_reason' } }];
  }
  const answer = createAnswerReader(providerId);
  const events: ProviderEvent[] = [];
  readMessage(answer, message, events);
  const isBroken = events.some(event => event.type === 'failure');
  return isBroken ? events.filter(event => event.type === 'failure').slice(0, 1) : [...events, ...answer.finish()];
}
