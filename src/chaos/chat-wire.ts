import { asObject, asObjects, asText, parseJson } from '../providers/json-value.ts';
import { chunk, head, wholeAnswer } from './raw-provider.ts';

/** What the model says to everything, so that a cut, doubled or mixed answer is found by comparing. */
export const goldenText =
  'The keeper of the northern light counted seven ships before the fog came in, and wrote the name of each one down twice.';

/** What an upstream is asked, as far as an answer depends on it. */
export interface ChatRequest {
  readonly model: string;
  readonly isStream: boolean;
  /** The text of all messages. */
  readonly text: string;
  /** Where an assistant's message begins the answer already: what follows it. Else all of it. */
  readonly textToCome: string;
}

/** Reads what the faults need of a chat request; what is not there is empty. */
export function readChatRequest(body: string): ChatRequest {
  const document = asObject(parseJson(body)) ?? {};
  const messages = asObjects(document.messages);
  const begun = messages.filter(({ role }) => role === 'assistant').map(textOf);
  const prefix = begun.findLast(text => text !== '' && goldenText.startsWith(text.trimEnd())) ?? '';
  return {
    model: asText(document.model) ?? '',
    isStream: document.stream === true,
    text: messages.map(textOf).join('\n'),
    textToCome: goldenText.startsWith(prefix)
      ? goldenText.slice(prefix.length)
      : goldenText.slice(prefix.trimEnd().length),
  };
}

function textOf(message: Readonly<Record<string, unknown>>): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  return asObjects(content)
    .map(part => asText(part.text) ?? '')
    .join('');
}

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export const usage: WireUsage = { prompt_tokens: 24, completion_tokens: 26, total_tokens: 50 };

/** One event of a stream. */
export function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** One event of a stream, with this delta. */
export function chunkOf(model: string, delta: object, finishReason: string | null): string {
  return event({
    id: 'chatcmpl-chaos',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}

export const done = 'data: [DONE]\n\n';

export function roleEvent(model: string): string {
  return chunkOf(model, { role: 'assistant', content: '' }, null);
}

/** One event for each word. */
export function textEvents(model: string, text: string): readonly string[] {
  return (text.match(/\s*\S+\s*$|\s*\S+/g) ?? []).map(word => chunkOf(model, { content: word }, null));
}

export function finishEvent(model: string, reason = 'stop'): string {
  return chunkOf(model, {}, reason);
}

export function usageEvent(model: string, reported: object = usage): string {
  return event({
    id: 'chatcmpl-chaos',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model,
    choices: [],
    usage: reported,
  });
}

/** The head of a stream whose body is delimited by the end of the connection. */
export const streamToTheEnd = head(200, { 'content-type': 'text/event-stream', connection: 'close' });

/** All events of a whole stream, in one string. */
export function wholeStream(model: string, text: string): string {
  return [roleEvent(model), ...textEvents(model, text), finishEvent(model), usageEvent(model), done].join('');
}

export function inChunks(events: readonly string[]): string {
  return events.map(chunk).join('');
}

/** The one object of an answer that is not streamed. */
export function answerBody(model: string, text: string): string {
  return JSON.stringify({
    id: 'chatcmpl-chaos',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage,
  });
}

/** An error as OpenAI writes it. */
export function errorAnswer(
  status: number,
  error: { readonly type: string; readonly code: string | null; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): string {
  return wholeAnswer(status, JSON.stringify({ error: { ...error, param: null } }), {
    'content-type': 'application/json',
    ...headers,
  });
}
