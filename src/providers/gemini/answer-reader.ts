import type { FinishReason } from '../../model/completion.ts';
import { asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { FailureKind, ProviderEvent, ProviderFailure } from '../provider.ts';
import { readError } from './read-error.ts';
import { readFinish } from './read-finish.ts';
import { readCitations } from './read-grounding.ts';
import { readUsage } from './read-usage.ts';
import { continuationOf, type SignedPart } from './thought-signatures.ts';
import { createToolCallReader } from './tool-call-reader.ts';

/** Reads the objects of one answer: the chunks of a stream, or the one object of a unary answer. */
export interface AnswerReader {
  /** What the object means; a `failure` is the last of all. */
  read(answer: JsonObject): readonly ProviderEvent[];
  readonly hasFinish: boolean;
  /** What stands at the end of a whole answer. */
  finish(): readonly ProviderEvent[];
}

const machineWord = /^[A-Z_]{1,64}$/;

/**
 * Reads one answer, streamed or whole.
 *
 * @param providerId Whom continuations are bound to; absent: whoever speaks the protocol.
 */
export function createAnswerReader(providerId: string | undefined): AnswerReader {
  const calls = createToolCallReader();
  const signed: SignedPart[] = [];
  const usage: Record<string, unknown> = {};
  const sources: Record<string, unknown> = {};
  let text = '';
  let reason: FinishReason | undefined;

  function readText(part: JsonObject, signature: string | undefined, events: ProviderEvent[]): void {
    const delta = asText(part.text) ?? '';
    if (part.thought === true) {
      if (delta !== '') events.push({ type: 'reasoning', text: delta });
      return;
    }
    const start = text.length;
    text += delta;
    if (delta !== '') events.push({ type: 'text', text: delta });
    if (signature !== undefined) signed.push({ start, end: text.length, signature });
  }

  /** Parts of the provider's own tools (`executableCode`, `toolCall` and the like) are not the caller's to answer. */
  function readPart(part: JsonObject, answerId: string | undefined, events: ProviderEvent[]): string | undefined {
    const signature = asText(part.thoughtSignature);
    const functionCall = asObject(part.functionCall);
    if (functionCall !== undefined) {
      const call = calls.read(functionCall, answerId, events);
      if (call === undefined) return 'a functionCall that is none';
      if (signature !== undefined) signed.push({ call, signature });
    } else if (typeof part.text === 'string') readText(part, signature, events);
    else if (part.thought !== true) events.push(...readMedia(part));
    return undefined;
  }

  function readCandidate(candidate: JsonObject, answerId: string | undefined): readonly ProviderEvent[] {
    const word = asText(candidate.finishReason);
    const finish = word === undefined ? undefined : readFinish(word);
    // What the model broke off with is not delivered, so that another attempt can still take over unseen.
    if (finish !== undefined && 'failure' in finish) return [failure(finish.failure, 'finishReason', word)];
    if (finish !== undefined) reason = finish.reason;
    for (const name of ['groundingMetadata', 'citationMetadata']) {
      const metadata = asObject(candidate[name]);
      if (metadata !== undefined) sources[name] = { ...asObject(sources[name]), ...metadata };
    }
    const events: ProviderEvent[] = [];
    for (const part of asObjects(asObject(candidate.content)?.parts)) {
      const fault = readPart(part, answerId, events);
      if (fault !== undefined) return [...events, { type: 'failure', failure: { kind: 'protocol', detail: fault } }];
    }
    return events;
  }

  return {
    get hasFinish() {
      return reason !== undefined;
    },
    read(answer) {
      const events: ProviderEvent[] = [];
      const reported = asObject(answer.usageMetadata);
      if (reported !== undefined) {
        // Chunks leave out what they do not count anew.
        Object.assign(usage, reported);
        events.push({ type: 'usage', usage: readUsage(usage) });
      }
      if (asObject(answer.error) !== undefined) {
        events.push({ type: 'failure', failure: readError(answer) });
        return events;
      }
      const blocked = asText(asObject(answer.promptFeedback)?.blockReason);
      if (blocked !== undefined) events.push(failure('content-filter', 'blockReason', blocked));
      // One answer was asked for; others would be mixed into it.
      const candidate = asObjects(answer.candidates).find(({ index }) => index === undefined || index === 0);
      if (blocked === undefined && candidate !== undefined) {
        events.push(...readCandidate(candidate, asText(answer.responseId)));
      }
      return events;
    },
    finish() {
      const events: ProviderEvent[] = [];
      calls.close(events);
      for (const citation of readCitations(sources, text)) events.push({ type: 'citation', citation });
      const { ids } = calls;
      const stated = reason ?? 'STOP';
      return [
        ...events,
        ...continuationOf({ textLength: text.length, callIds: ids, signed }, providerId),
        { type: 'finish', reason: stated === 'STOP' && ids.length > 0 ? 'TOOL_CALLS' : stated },
        { type: 'end' },
      ];
    },
  };
}

function readMedia(part: JsonObject): readonly ProviderEvent[] {
  const inline = asObject(part.inlineData);
  const file = asObject(part.fileData);
  const mediaType = asText(inline?.mimeType) ?? asText(file?.mimeType) ?? 'application/octet-stream';
  const data = asText(inline?.data);
  const url = asText(file?.fileUri);
  if (data !== undefined) return [{ type: 'media', media: { mediaType, data } }];
  return url === undefined ? [] : [{ type: 'media', media: { mediaType, url } }];
}

function failure(kind: FailureKind, member: string, word = ''): { type: 'failure'; failure: ProviderFailure } {
  const providerCode = machineWord.test(word) ? { providerCode: word } : {};
  return {
    type: 'failure',
    failure: { kind, ...providerCode, detail: `${member} ${providerCode.providerCode ?? ''}`.trim() },
  };
}
