import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { anthropic } from '../../src/providers/anthropic/anthropic.ts';
import { collectAnswer, decodeStream, parsedCalls } from '../support/collect-answer.ts';
import { hasWireCorpus, responseBytes, responseHeaders, type WireCase, wireCases } from '../support/corpus.ts';

const cases = wireCases('anthropic.messages');
const streams = cases.filter(({ stream, status }) => stream && status === 200);
const answers = cases.filter(({ stream, status }) => !stream && status === 200);
const failures = cases.filter(({ status }) => status !== 200);
const titled = (list: readonly WireCase[]): (readonly [string, WireCase])[] => list.map(item => [item.id, item]);

interface RecordedUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
  readonly cache_creation?: { readonly ephemeral_1h_input_tokens?: number };
  readonly iterations?: readonly (RecordedUsage & { readonly type: string })[];
}

interface RecordedBlock {
  readonly type: string;
  text?: string;
  thinking?: string;
  readonly name?: string;
  input?: unknown;
  json?: string;
}

interface RecordedMessage {
  readonly content: RecordedBlock[];
  stop_reason: string | null;
  usage: RecordedUsage;
}

interface RecordedEvent {
  readonly type: string;
  readonly index: number;
  readonly message: RecordedMessage;
  readonly content_block: RecordedBlock;
  readonly delta: { readonly type: string; readonly [name: string]: string | null };
  readonly usage?: RecordedUsage;
}

/** The message that a stream adds up to, up to its first `message_stop`; undefined where two were spliced. */
function assemble(text: string): RecordedMessage | undefined {
  let message: RecordedMessage | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const event = JSON.parse(line.slice(5)) as RecordedEvent;
    if (event.type === 'message_start') {
      if (message !== undefined && message.content.length > 0) return undefined;
      message = event.message;
    }
    if (message === undefined) continue;
    if (event.type === 'message_stop') break;
    if (event.type === 'content_block_start') message.content[event.index] = event.content_block;
    const block = message.content[event.index];
    if (event.type === 'content_block_delta' && block !== undefined) {
      const { delta } = event;
      if (delta.type === 'text_delta') block.text = (block.text ?? '') + delta.text;
      if (delta.type === 'thinking_delta') block.thinking = (block.thinking ?? '') + delta.thinking;
      if (delta.type === 'input_json_delta') block.json = (block.json ?? '') + delta.partial_json;
    }
    if (event.type === 'message_delta') {
      message.stop_reason = event.delta.stop_reason ?? null;
      message.usage = { ...message.usage, ...event.usage };
    }
  }
  return message;
}

const finishes: Readonly<Record<string, string>> = { end_turn: 'STOP', tool_use: 'TOOL_CALLS', refusal: 'REFUSAL' };

function plainReading({ content, stop_reason, usage }: RecordedMessage) {
  const passes = [usage, ...(usage.iterations ?? []).filter(({ type }) => type === 'compaction')];
  let inputTokens = 0;
  let outputTokens = 0;
  for (const pass of passes) {
    inputTokens += pass.input_tokens ?? 0;
    inputTokens += (pass.cache_read_input_tokens ?? 0) + (pass.cache_creation_input_tokens ?? 0);
    outputTokens += pass.output_tokens ?? 0;
  }
  return {
    text: content.map(block => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map(block => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content
      .filter(({ type }) => type === 'tool_use')
      .map(({ name, json, input }) => [name, json ? JSON.parse(json) : input]),
    finish: finishes[stop_reason ?? ''],
    inputTokens,
    outputTokens,
    cachedInputTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    cacheWriteLongTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
  };
}

function ourReading(events: ReturnType<typeof anthropic.decodeAnswer>) {
  const answer = collectAnswer(events);
  const { usage } = answer;
  return {
    text: answer.text,
    reasoning: answer.reasoning,
    calls: parsedCalls(answer),
    finish: answer.finish,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cachedInputTokens: usage.cachedInputTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    cacheWriteLongTokens: usage.cacheWriteLongTokens ?? 0,
  };
}

const kinds: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'credentials',
  402: 'credentials',
  403: 'credentials',
  404: 'model-not-found',
  429: 'rate-limited',
  500: 'server',
  529: 'overloaded',
};

describe.skipIf(!hasWireCorpus)('Messages as recorded (skipped where the corpus is absent)', () => {
  test('holds every case of the corpus', () => {
    expect(cases.length).toBeGreaterThanOrEqual(98);
    expect(streams.length + answers.length + failures.length).toBe(cases.length);
  });

  test.each(titled(streams))('reads the stream %s right, however its bytes are cut', (_, wireCase) => {
    const bytes = responseBytes(wireCase);
    const events = decodeStream(anthropic, bytes);
    for (const size of [1, 7]) expect(decodeStream(anthropic, bytes, size)).toEqual(events);
    const message = assemble(Buffer.from(bytes).toString('utf8'));
    if (message === undefined) return expect(collectAnswer(events).finish).toBe('failure:protocol');
    expect(ourReading(events)).toEqual(plainReading(message));
    expect(events.at(-1)).toEqual({ type: 'end' });
  });

  test.each(titled(answers))('reads the answer %s right', (_, wireCase) => {
    const text = readFileSync(wireCase.responsePath, 'utf8');
    const events = anthropic.decodeAnswer(text);
    expect(ourReading(events)).toEqual(plainReading(JSON.parse(text) as RecordedMessage));
    expect(events.at(-1)).toEqual({ type: 'end' });
  });

  test.each(titled(failures))('classifies %s', (_, wireCase) => {
    const head = { status: wireCase.status, headers: responseHeaders(wireCase) };
    const body = readFileSync(wireCase.responsePath, 'utf8');
    const failure = anthropic.decodeFailure(head, body);
    expect(failure).toMatchObject({ kind: kinds[wireCase.status], status: wireCase.status });
    expect(failure.providerCode).toBe((JSON.parse(body) as { error: { type: string } }).error.type);
  });

  test.each(titled(streams))('never takes %s for whole before message_stop', (_, wireCase) => {
    const text = Buffer.from(responseBytes(wireCase)).toString('utf8');
    const stop = text.search(/data: ?\{"type": ?"message_stop"/);
    const events = decodeStream(anthropic, Buffer.from(text.slice(0, stop)));
    expect(events.at(-1)?.type).toBe('failure');
  });
});
