import type { FinishReason } from '../../model/completion.ts';
import { asNumber, asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent, ProviderFailure } from '../provider.ts';
import { createContinuationBuilder } from './continuation-builder.ts';
import { createCitationReader, readContent } from './read-content.ts';
import { readError } from './read-error.ts';
import { readFinish } from './read-finish.ts';
import { readUsage } from './read-usage.ts';
import { createToolCallReader } from './tool-call-reader.ts';

/** Reads the objects of one answer: the chunks of a stream, or the one object of a unary answer. */
export interface AnswerReader {
  /** Appends what the object means; a `failure` is the last of all. */
  read(answer: JsonObject, events: ProviderEvent[]): void;
  readonly hasFinish: boolean;
  /** Whether usage came in an object of its own, as the last thing before the end. */
  readonly hasFinalUsage: boolean;
  /** What stands at the end of a whole answer. */
  finish(): readonly ProviderEvent[];
}

/**
 * Reads one answer, streamed or whole.
 *
 * @param providerId Whom continuations are bound to; absent: whoever speaks the protocol.
 */
export function createAnswerReader(providerId: string | undefined): AnswerReader {
  const toolCalls = createToolCallReader();
  const citations = createCitationReader();
  const continuation = createContinuationBuilder(providerId);
  let reason: FinishReason | undefined;
  let broken: ProviderFailure | undefined;
  let hasFinalUsage = false;
  let hasRefusal = false;

  function readChoice(choice: JsonObject, answer: JsonObject, events: ProviderEvent[]): void {
    const message = asObject(choice.delta) ?? asObject(choice.message);
    if (message !== undefined) {
      for (const event of readContent(message)) {
        if (event.type === 'refusal') hasRefusal = true;
        events.push(event);
      }
      if (message.tool_calls !== undefined || message.function_call !== undefined) {
        events.push(...toolCalls.read(message.tool_calls, message.function_call, asText(answer.id)));
      }
      if (message.annotations !== undefined) events.push(...citations.readAnnotations(message.annotations));
      continuation.read(message);
    }
    const finish = readFinish(choice.finish_reason);
    if (finish === undefined) return;
    if ('reason' in finish) reason ??= finish.reason;
    else broken = choiceFailure(choice, finish.failure);
  }

  return {
    read(answer, events) {
      const choices = asObjects(answer.choices);
      for (const choice of choices) {
        // One answer was asked for; others would be mixed into it.
        if ((asNumber(choice.index) ?? 0) === 0) readChoice(choice, answer, events);
      }
      if (answer.search_results !== undefined || answer.citations !== undefined) {
        events.push(...citations.readSources(answer.search_results, answer.citations));
      }
      const usage = asObject(answer.usage) ?? asObject(asObject(answer.x_groq)?.usage);
      if (usage !== undefined) {
        hasFinalUsage = choices.length === 0;
        events.push({ type: 'usage', usage: readUsage(usage) });
      }
      const error = answer.error ?? asObject(answer.x_groq)?.error;
      if (asObject(error) !== undefined || asText(error) !== undefined) broken = readError({ error });
      if (broken !== undefined) events.push({ type: 'failure', failure: broken });
    },
    get hasFinish() {
      return reason !== undefined;
    },
    get hasFinalUsage() {
      return hasFinalUsage;
    },
    finish() {
      if (toolCalls.hasNameless) {
        return [{ type: 'failure', failure: { kind: 'protocol', detail: 'tool call without a name' } }];
      }
      const assumed = toolCalls.hasCalls ? 'TOOL_CALLS' : 'STOP';
      const stated = reason ?? assumed;
      return [
        ...continuation.build(toolCalls.hasCalls),
        { type: 'finish', reason: stated === 'STOP' && hasRefusal ? 'REFUSAL' : stated },
        { type: 'end' },
      ];
    },
  };
}

function choiceFailure(choice: JsonObject, kind: ProviderFailure['kind']): ProviderFailure {
  const error = choice.error;
  if (asObject(error) !== undefined || asText(error) !== undefined) return readError({ error });
  const word = asText(choice.finish_reason) ?? '';
  return { kind, providerCode: word, detail: `finish_reason ${word}` };
}
