import { asArray, asObject, asText, parseJson } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import { createAnswerReader } from './answer-reader.ts';
import { readError } from './read-error.ts';

/** Reads a unary chat completion: the same events as a stream's, in one batch. */
export function decodeChatAnswer(body: string, providerId: string | undefined): readonly ProviderEvent[] {
  const document = asObject(parseJson(body));
  if (document === undefined) {
    return [{ type: 'failure', failure: { kind: 'protocol', detail: 'the body is no JSON object' } }];
  }
  const { error } = document;
  if (asObject(error) !== undefined || asText(error) !== undefined) {
    return [{ type: 'failure', failure: readError(document) }];
  }
  if (asArray(document.choices).length === 0) {
    return [{ type: 'failure', failure: { kind: 'protocol', detail: 'the body has no choices' } }];
  }
  const answer = createAnswerReader(providerId);
  const events: ProviderEvent[] = [];
  answer.read(document, events);
  if (events.at(-1)?.type !== 'failure') events.push(...answer.finish());
  return events;
}
