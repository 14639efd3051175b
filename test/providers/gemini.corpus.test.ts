import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gemini } from '../../src/providers/gemini/gemini.ts';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import { collectAnswer, decodeStream, parsedCalls } from '../support/collect-answer.ts';
import { hasWireCorpus, responseBytes, responseHeaders, type WireCase, wireCases } from '../support/corpus.ts';

const cases = wireCases('gemini.generateContent', 'gemini.streamGenerateContent');
const streams = cases.filter(({ stream, status }) => stream && status === 200);
const answers = cases.filter(({ stream, status }) => !stream && status === 200);
const failures = cases.filter(({ status }) => status !== 200);
const titled = (list: readonly WireCase[]): (readonly [string, WireCase])[] => list.map(item => [item.id, item]);

interface RecordedPart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly functionCall?: {
    readonly name?: string;
    readonly args?: unknown;
    readonly partialArgs?: RecordedArgument[];
  };
}

interface RecordedArgument {
  readonly jsonPath: string;
  readonly stringValue?: string;
  readonly numberValue?: number;
}

/** Arguments as paths and leaves: what streamed arguments are written as. */
function flatten(value: unknown, path = '$'): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [path]: value };
  const at = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  return Object.assign({}, ...Object.entries(value).map(([key, member]) => flatten(member, at(key))));
}

interface RecordedChunk {
  readonly promptFeedback?: { readonly blockReason: string };
  readonly usageMetadata?: Readonly<Record<string, number>>;
  readonly candidates?: readonly {
    readonly finishReason?: string;
    readonly content?: { readonly parts?: readonly RecordedPart[] };
  }[];
}

const finishes: Readonly<Record<string, string>> = {
  STOP: 'STOP',
  SAFETY: 'CONTENT_FILTER',
  MODEL_ARMOR: 'CONTENT_FILTER',
  UNEXPECTED_TOOL_CALL: 'failure:server',
};

function plainReading(chunks: readonly RecordedChunk[]) {
  const candidates = chunks.flatMap(chunk => chunk.candidates ?? []);
  const word = candidates.map(({ finishReason }) => finishReason).find(reason => reason !== undefined) ?? '';
  const isBroken = word === 'UNEXPECTED_TOOL_CALL';
  const parts = isBroken ? [] : candidates.flatMap(({ content }) => content?.parts ?? []);
  const calls: [string, Record<string, unknown>][] = [];
  for (const { functionCall } of parts) {
    if (functionCall?.name !== undefined) calls.push([functionCall.name, flatten(functionCall.args ?? {})]);
    for (const { jsonPath, stringValue, numberValue } of functionCall?.partialArgs ?? []) {
      const args = calls.at(-1)?.[1] ?? {};
      args[jsonPath] = numberValue ?? `${args[jsonPath] ?? ''}${stringValue}`;
    }
  }
  const isBlocked = chunks.some(({ promptFeedback }) => promptFeedback !== undefined);
  const finish = isBlocked ? 'failure:content-filter' : finishes[word];
  const usage = Object.assign({}, ...chunks.map(({ usageMetadata }) => usageMetadata)) as Record<string, number>;
  const hasUsage = usage.promptTokenCount !== undefined;
  return {
    text: parts.map(part => (part.thought === true ? '' : (part.text ?? ''))).join(''),
    reasoning: parts.map(part => (part.thought === true ? (part.text ?? '') : '')).join(''),
    calls,
    finish: finish === 'STOP' && calls.length > 0 ? 'TOOL_CALLS' : finish,
    inputTokens: hasUsage ? (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0) : undefined,
    outputTokens: hasUsage ? (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0) : undefined,
    reasoningTokens: usage.thoughtsTokenCount,
    cachedInputTokens: usage.cachedContentTokenCount,
  };
}

function ourReading(events: readonly ProviderEvent[]) {
  const answer = collectAnswer(events);
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens } = answer.usage;
  return {
    text: answer.text,
    reasoning: answer.reasoning,
    calls: parsedCalls(answer).map(([name, args]) => [name, flatten(args)]),
    finish: answer.finish,
    inputTokens,
    outputTokens,
    reasoningTokens,
    cachedInputTokens,
  };
}

const kinds: Readonly<Record<number, string>> = { 403: 'credentials', 404: 'model-not-found', 429: 'rate-limited' };

describe.skipIf(!hasWireCorpus)('generateContent as recorded (skipped where the corpus is absent)', () => {
  test('holds every case of the corpus', () => {
    expect(cases.length).toBeGreaterThanOrEqual(83);
    expect(streams.length + answers.length + failures.length).toBe(cases.length);
  });

  test.each(titled(streams))('reads the stream %s right, however its bytes are cut', (_, wireCase) => {
    const bytes = responseBytes(wireCase);
    const events = decodeStream(gemini, bytes);
    for (const size of [1, 7]) expect(decodeStream(gemini, bytes, size)).toEqual(events);
    const chunks = Buffer.from(bytes)
      .toString('utf8')
      .split(/\r?\n/)
      .filter(line => line.startsWith('data:'))
      .map(line => JSON.parse(line.slice(5)) as RecordedChunk);
    expect(ourReading(events)).toEqual(plainReading(chunks));
    expect(events.at(-1)).toEqual({ type: 'end' });
  });

  test.each(titled(answers))('reads the answer %s right', (_, wireCase) => {
    const text = readFileSync(wireCase.responsePath, 'utf8');
    expect(ourReading(gemini.decodeAnswer(text))).toEqual(plainReading([JSON.parse(text) as RecordedChunk]));
  });

  test.each(titled(failures))('classifies %s', (_, wireCase) => {
    const failure = gemini.decodeFailure(
      { status: wireCase.status, headers: responseHeaders(wireCase) },
      readFileSync(wireCase.responsePath, 'utf8'),
    );
    const kind = wireCase.id.includes('api_key_invalid') ? 'credentials' : kinds[wireCase.status];
    expect(failure).toMatchObject({ kind, status: wireCase.status });
    if (wireCase.id.endsWith('google-429-retry-info')) expect(failure.retryAfterMs).toBe(34_400);
    if (wireCase.status === 429) expect(failure.providerCode).toBe('RESOURCE_EXHAUSTED');
  });
});
