import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openaiCompatible } from '../../src/providers/openai-compatible/openai-compatible.ts';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import { createSseScanner } from '../../src/stream/decode-sse.ts';
import {
  cutBytes,
  hasWireCorpus,
  responseBytes,
  responseHeaders,
  type WireCase,
  wireCases,
} from '../support/corpus.ts';
import { plainReading, summarise } from '../support/plain-chat-reading.ts';

const cases = wireCases('openai.chat');
const streams = cases.filter(wireCase => wireCase.stream);
const answers = cases.filter(wireCase => !wireCase.stream && wireCase.status < 300);
const failures = cases.filter(wireCase => wireCase.status >= 300);
const titled = (list: readonly WireCase[]): (readonly [string, WireCase])[] => list.map(item => [item.id, item]);

function decodeStream(bytes: Uint8Array, size: number): readonly ProviderEvent[] {
  const decoder = openaiCompatible.createStreamDecoder();
  const events: ProviderEvent[] = [];
  const scanner = createSseScanner((event, data) => events.push(...decoder.read(event, data)));
  for (const piece of cutBytes(bytes, size)) scanner.push(piece);
  scanner.end();
  events.push(...decoder.close());
  return events;
}

/** By the status alone, but for the few whose body says another thing. */
const kindsByStatus: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'credentials',
  402: 'credentials',
  403: 'credentials',
  404: 'model-not-found',
  408: 'server',
  413: 'bad-request',
  422: 'bad-request',
  429: 'rate-limited',
  500: 'server',
  503: 'overloaded',
  524: 'server',
  529: 'overloaded',
};
const kindsByCase: Readonly<Record<string, string>> = {
  'groq/openai-chat__reported_http_413_request_too_large': 'rate-limited',
  'openrouter/openai-chat__documented_http_403_guardrail-blocked': 'content-filter',
  'vllm/openai-chat__reported_http_400_context_length_flat': 'context-length',
};

describe.skipIf(!hasWireCorpus)('chat completions as recorded (skipped where the corpus is absent)', () => {
  test('holds every case of the corpus', () => {
    expect(cases.length).toBeGreaterThanOrEqual(207);
    expect(streams.length + answers.length + failures.length).toBe(cases.length);
  });

  test.each(titled(streams))('reads the stream %s right, however its bytes are cut', (_, wireCase) => {
    const bytes = responseBytes(wireCase);
    const events = decodeStream(bytes, Number.POSITIVE_INFINITY);
    for (const size of [1, 7]) expect(decodeStream(bytes, size)).toEqual(events);
    expect(summarise(events)).toEqual(plainReading(Buffer.from(bytes).toString('utf8'), true));
  });

  test.each(titled(answers))('reads the answer %s right', (_, wireCase) => {
    const text = readFileSync(wireCase.responsePath, 'utf8');
    expect(summarise(openaiCompatible.decodeAnswer(text))).toEqual(plainReading(text, false));
  });

  test.each(titled(failures))('classifies %s', (_, wireCase) => {
    const head = { status: wireCase.status, headers: responseHeaders(wireCase) };
    const failure = openaiCompatible.decodeFailure(head, readFileSync(wireCase.responsePath, 'utf8'));
    expect(failure.kind).toBe(kindsByCase[wireCase.id] ?? kindsByStatus[wireCase.status]);
    expect(failure.status).toBe(wireCase.status);
    const wait = head.headers['retry-after'];
    if (wait !== undefined) expect(Math.ceil((failure.retryAfterMs ?? 0) / 1_000)).toBe(Number(wait));
  });
});
