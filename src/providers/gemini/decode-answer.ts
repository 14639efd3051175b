import { asObject, parseJson } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import { createAnswerReader } from './answer-reader.ts';

/** Reads a unary answer: the same events as a stream's, in one batch. */
export function decodeContent(body: string, providerId: string | undefined): readonly ProviderEvent[] {
  const document = parseJson(body);
  const content = asObject(Array.isArray(document) && document.length === 1 ? document[0] : document);
  if (content === undefined) {
    return [{ type: 'failure', failure: { kind: 'protocol', detail: 'the body is no JSON object' } }];
  }
  const answer = createAnswerReader(providerId);
  const events = answer.read(content);
  if (events.at(-1)?.type === 'failure') return events;
  if (!Array.isArray(content.candidates) || content.candidates.length === 0) {
    return [...events, { type: 'failure', failure: { kind: 'protocol', detail: 'the body has no candidates' } }];
  }
  if (answer.hasFinish) return [...events, ...answer.finish()];
  return [{ type: 'failure', failure: { kind: 'cut', detail: 'the candidate has no finishReason' } }];
}
