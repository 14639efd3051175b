import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { estimateInputTokens, mediaTokens, mostInputTokens, textsOf } from '../../src/gateway/input-tokens.ts';
import { needsOf } from '../../src/gateway/needs.ts';
import type { Prompt, PromptMessage, PromptPart } from '../../src/model/completion-request.ts';
import { encodeRequest as encodeAnthropic } from '../../src/providers/anthropic/encode-request.ts';
import { encodeContinuation } from '../../src/providers/continuation.ts';
import { encodeRequest as encodeGemini } from '../../src/providers/gemini/encode-request.ts';
import { openDialect } from '../../src/providers/openai-compatible/dialect.ts';
import { encodeRequest as encodeOpenai } from '../../src/providers/openai-compatible/encode-request.ts';
import { clearedRequest } from '../support/cleared-request.ts';

describe('the estimate of a prompt', () => {
  const prompt = (...parts: readonly PromptPart[]): Prompt => ({
    messages: [{ role: 'USER', parts, toolCalls: [] }],
    tools: [],
    responseFormat: { type: 'TEXT' },
    maxOutputTokens: 1,
    stop: [],
    providerOptions: {},
  });
  const media = (type: 'image' | 'audio' | 'file', mediaType: string, bytes: number): PromptPart => ({
    type,
    media: { mediaType, data: 'A'.repeat((bytes * 4) / 3) },
    cacheUpToHere: false,
  });
  const empty = estimateInputTokens(prompt());

  test.each([
    ['an image as its vendor counts at most', media('image', 'image/png', 3_000_000), 1_600],
    ['ten seconds of a recording, not its base64', media('audio', 'audio/mpeg', 39_999), 320],
    ['ten seconds of a wave file', media('audio', 'audio/wav', 319_998), 320],
    ['a PDF by its pages', media('file', 'application/pdf', 150_000), 6_000],
    ['a text file by its text', media('file', 'text/plain', 3_000), 2_250],
    [
      'media behind a URL by a usual size',
      { type: 'audio', media: { url: 'https://example.com/a.mp3' }, cacheUpToHere: false } as const,
      1_920,
    ],
  ])('counts %s', (_, part, tokens) => {
    expect(estimateInputTokens(prompt(part)) - empty).toBe(tokens);
  });

  test('counts tools, calls, schemas and each message', () => {
    const base = prompt({ type: 'text', text: 'hello', cacheUpToHere: false });
    const [message] = base.messages;
    if (message === undefined) throw new Error('the prompt has a message');
    const plain = estimateInputTokens(base);
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const call = { id: 'a', name: 'weather', arguments: '{"city":"Ulm"}' };
    const variants: readonly Prompt[] = [
      { ...base, messages: [message, message] },
      { ...base, messages: [{ ...message, toolCalls: [call] }] },
      { ...base, tools: [{ name: 'weather', parameters }] },
      { ...base, responseFormat: { type: 'JSON_SCHEMA', name: 'answer', schema: parameters } },
    ];
    for (const variant of variants) expect(estimateInputTokens(variant)).toBeGreaterThan(plain);
  });
});

describe('the most that a prompt can count', () => {
  /** Reproducible noise, which nothing in a vocabulary joins. */
  const noise = Array.from({ length: 20_000 }, (_, at) => 'qzxjvkwg'.charAt((at * at * 7 + at) % 8)).join('');
  const user: PromptMessage = {
    role: 'USER',
    parts: [{ type: 'text', text: 'hello', cacheUpToHere: false }],
    toolCalls: [],
  };
  const given = (continuation: string, ...ids: readonly string[]): PromptMessage => ({
    role: 'ASSISTANT',
    parts: [],
    toolCalls: ids.map(id => ({ id, name: 'weather', arguments: '{}' })),
    continuation,
  });
  const thinking = { outline: [{ type: 'thinking', thinking: noise, signature: 'a' }] };
  const signed = { textLength: 0, callIds: ['a', 'a'], signed: [{ call: 0, signature: noise }] };
  const named: PromptMessage = {
    role: 'ASSISTANT',
    parts: [],
    toolCalls: [{ id: 'a', name: noise, arguments: '{}' }],
  };
  const result: PromptMessage = { ...user, role: 'TOOL', toolCallId: 'a' };
  const file: PromptPart = {
    type: 'file',
    media: { mediaType: 'application/pdf', data: 'AAAA', name: noise },
    cacheUpToHere: false,
  };
  const continued = (protocol: 'openai' | 'anthropic' | 'gemini', data: unknown, ...ids: readonly string[]) => ({
    messages: [user, given(encodeContinuation({ protocol, data }), ...ids)],
  });
  const fields: readonly (readonly [name: string, Partial<Prompt>])[] = [
    ['reasoning of an earlier answer', continued('openai', { reasoning_content: noise })],
    ['details of reasoning', continued('openai', { reasoning_details: [{ type: 'reasoning.text', text: noise }] })],
    ['signed thinking', continued('anthropic', thinking)],
    ['a signature that goes out with two calls of one id', continued('gemini', signed, 'a', 'a')],
    ['options of the protocol', { providerOptions: { openai: { chat_template_kwargs: { note: noise } } } }],
    ['the id of a call', { messages: [user, given('', noise), { ...result, toolCallId: noise }] }],
    ['the name of a call, once more with each result', { messages: [user, named, result, result] }],
    ['where to stop', { stop: [noise] }],
    ['the name of a file', { messages: [{ ...user, parts: [file] }] }],
    ['the name of a format', { responseFormat: { type: 'JSON_SCHEMA', name: noise, schema: { type: 'object' } } }],
    ['a schema', { responseFormat: { type: 'JSON_SCHEMA', name: 'a', schema: { type: 'object', title: noise } } }],
    ['the description of a tool', { tools: [{ name: 'a', description: noise, parameters: { type: 'object' } }] }],
    [
      'the arguments of a call',
      { messages: [user, { ...named, toolCalls: [{ id: 'a', name: 'b', arguments: noise }] }] },
    ],
  ];
  const adapters = [
    ['openai', (prompt: Partial<Prompt>) => encodeOpenai(clearedRequest({ prompt }), openDialect).body],
    ['anthropic', (prompt: Partial<Prompt>) => encodeAnthropic(clearedRequest({ prompt })).body],
    ['gemini', (prompt: Partial<Prompt>) => encodeGemini(clearedRequest({ prompt })).body],
  ] as const;

  test.each(fields)('is never below what any adapter sends of %s', (_, change) => {
    const { prompt: whole } = clearedRequest({ prompt: change });
    const base = clearedRequest().prompt;
    const counted = mostInputTokens(whole) - mostInputTokens(base);
    const sent = adapters.map(([, encode]) => countTokens(encode(change)) - countTokens(encode({})));
    expect(Math.max(...sent)).toBeGreaterThan(5_000);
    expect(counted).toBeGreaterThanOrEqual(Math.max(...sent));
    // Routing looks at the estimate, which sees the same parts.
    expect(estimateInputTokens(whole) - estimateInputTokens(base)).toBeGreaterThan(5_000);
  });

  test('is never below the estimate in what a request needs, not for plain words either', () => {
    const parts = [{ type: 'text', text: 'which could provide ', cacheUpToHere: false }] as const;
    const { prompt } = clearedRequest({ prompt: { messages: Array(50).fill({ ...user, parts }) } });
    expect(mostInputTokens(prompt)).toBeLessThan(estimateInputTokens(prompt));
    expect(needsOf(prompt, true).mostInputTokens).toBe(estimateInputTokens(prompt));
  });

  test('counts opaque text at no less than a token for three bytes', () => {
    const opaque = encodeContinuation({ protocol: 'openai', data: { reasoning_content: 'the '.repeat(30_000) } });
    expect(mostInputTokens(clearedRequest({ prompt: { messages: [given(opaque)] } }).prompt)).toBeGreaterThan(40_000);
  });

  test('holds every text for a tokenizer, but no media', () => {
    const texts = textsOf(
      clearedRequest({
        prompt: { ...continued('openai', { reasoning_content: 'because' }, 'call_1'), stop: ['END'] },
      }).prompt,
    );
    expect(texts).toEqual(expect.arrayContaining(['hello', 'weather', '{}', 'call_1', 'END']));
    expect(texts.join(' ')).toContain('because');
  });

  const data = (type: 'image' | 'audio' | 'file', mediaType: string): PromptPart => ({
    type,
    media: { mediaType, data: Buffer.from(noise).toString('base64') },
    cacheUpToHere: false,
  });

  test.each([
    ['a text', 'text/plain', countTokens(noise)],
    ['an unknown kind', 'application/vnd.ms-excel', noise.length / 3],
  ])('counts a file of %s by its bytes, whatever the part is called', (_, mediaType, least) => {
    for (const type of ['image', 'file'] as const) {
      const { prompt } = clearedRequest({ prompt: { messages: [{ ...user, parts: [data(type, mediaType)] }] } });
      expect(mostInputTokens(prompt)).toBeGreaterThanOrEqual(least);
      expect(mediaTokens(prompt)).toEqual([]);
    }
  });

  test('names what was counted of images, recordings and documents', () => {
    const parts = [data('image', 'image/png'), data('audio', 'audio/mpeg'), data('file', 'application/pdf')];
    const { prompt } = clearedRequest({ prompt: { messages: [{ ...user, parts }] } });
    expect(mediaTokens(prompt)).toEqual([1_600, 161, 3_000]);
  });
});
