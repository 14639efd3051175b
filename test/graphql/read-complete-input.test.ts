import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { readCompleteInput } from '../../src/graphql/input/read-complete-input.ts';
import type { CompleteInput, MessageInput, PartInput } from '../../src/graphql/resolvers.generated.ts';

const hello: MessageInput = { role: 'USER', text: 'hello' };
const weather = { name: 'weather', parameters: { type: 'object' } };

function read(input: Partial<CompleteInput> = {}, operationName?: string) {
  return readCompleteInput({ messages: [hello], ...input }, { operationName, stream: false });
}

function fault(input: Partial<CompleteInput>): Pick<GatewayError, 'code' | 'path'> {
  try {
    read(input);
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, path: error.path };
    throw error;
  }
  throw new Error('nothing was refused');
}

const message = (given: Partial<MessageInput>): Partial<CompleteInput> => ({ messages: [{ ...hello, ...given }] });
const part = (given: PartInput): Partial<CompleteInput> => ({ messages: [{ role: 'USER', parts: [given] }] });
const times = <T>(count: number, item: T): readonly T[] => Array.from({ length: count }, () => item);

describe('readCompleteInput', () => {
  test('fills in the defaults that the schema names', () => {
    expect(read()).toEqual({
      model: 'auto',
      fallbackModels: [],
      prompt: {
        messages: [{ role: 'USER', parts: [{ type: 'text', text: 'hello', cacheUpToHere: false }], toolCalls: [] }],
        tools: [],
        responseFormat: { type: 'TEXT' },
        maxOutputTokens: 4096,
        stop: [],
        providerOptions: {},
      },
      routing: {
        optimize: 'BALANCED',
        order: [],
        ignore: [],
        allowFallbacks: true,
        requireParameters: false,
        zeroDataRetention: false,
        denyTraining: false,
      },
      workload: 'default',
      labels: [],
      deadlineMs: 300_000,
      stream: false,
      usesDefaultOutputLimit: true,
    });
  });

  test('null is the same as absent, but an empty list of `only` stays: it allows nothing', () => {
    expect(read({ temperature: null, sessionId: null, routing: { only: null, regions: null } })).toEqual(read());
    expect(read({ routing: { only: [] } }).routing.only).toEqual([]);
  });

  test('a conversation with tools, media and continuations comes through whole', () => {
    const { prompt } = read({
      messages: [
        { role: 'SYSTEM', parts: [{ text: 'be brief', cacheUpToHere: true }] },
        {
          role: 'USER',
          parts: [
            { image: { url: 'https://example.com/a.png' } },
            { file: { data: 'AAAA', mediaType: 'application/pdf', name: 'a.pdf' } },
          ],
        },
        {
          role: 'ASSISTANT',
          toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' }],
          continuation: 'opaque',
        },
        { role: 'TOOL', toolCallId: 'c1', text: '' },
      ],
      tools: [weather],
      toolChoice: { mode: 'TOOL', name: 'weather' },
      responseFormat: { type: 'JSON_SCHEMA', schema: { type: 'object' }, strict: true },
      reasoning: { effort: 'LOW' },
      providerOptions: [{ protocol: 'openai', options: { user: 'x' } }],
      routing: { maxPrice: { input: 1n }, preferredMaxLatency: 800 },
    });
    expect(prompt.messages.map(({ role, parts }) => [role, parts.length])).toEqual([
      ['SYSTEM', 1],
      ['USER', 2],
      ['ASSISTANT', 0],
      ['TOOL', 1],
    ]);
    expect(prompt.messages[2]).toMatchObject({ continuation: 'opaque', toolCalls: [{ id: 'c1' }] });
    expect(prompt.messages[3]?.toolCallId).toBe('c1');
    expect(prompt.responseFormat).toEqual({
      type: 'JSON_SCHEMA',
      name: 'answer',
      schema: { type: 'object' },
      strict: true,
    });
    expect(prompt.providerOptions).toEqual({ openai: { user: 'x' } });
    expect(prompt.reasoning).toEqual({ effort: 'LOW', exclude: false });
  });

  test('the operation names the workload where the input does not', () => {
    expect(read({}, 'Summarise').workload).toBe('Summarise');
    expect(read({ workload: 'chat' }, 'Summarise').workload).toBe('chat');
    expect(read({}, 'x'.repeat(65)).workload).toBe('default');
  });

  test.each([
    ['input.messages', { messages: [] }],
    ['input.messages', { messages: times(2001, hello) }],
    ['input.messages.0', message({ text: 'a', parts: [{ text: 'b' }] })],
    ['input.messages.0', message({ text: null })],
    ['input.messages.0.parts', message({ text: null, parts: [] })],
    ['input.messages.0.parts.0', part({})],
    ['input.messages.0.parts.0', part({ text: 'a', image: { url: 'https://a.b/c' } })],
    ['input.messages.0.parts.0.image', part({ image: {} })],
    ['input.messages.0.parts.0.image', part({ image: { url: 'https://a.b/c', data: 'AAAA', mediaType: 'image/png' } })],
    ['input.messages.0.parts.0.image.url', part({ image: { url: 'file:///etc/passwd' } })],
    ['input.messages.0.parts.0.image.url', part({ image: { url: 'data:image/png;base64,AAAA' } })],
    ['input.messages.0.parts.0.audio.mediaType', part({ audio: { data: 'AAAA' } })],
    ['input.messages.0.parts.0.audio.mediaType', part({ audio: { data: 'AAAA', mediaType: 'wav\r\nx: y' } })],
    ['input.messages.0.parts.0.file.data', part({ file: { data: 'not base64', mediaType: 'text/plain' } })],
    ['input.messages.0.toolCallId', message({ role: 'TOOL' })],
    ['input.messages.0.toolCallId', message({ toolCallId: 'c1' })],
    ['input.messages.0.toolCalls', message({ toolCalls: [{ id: 'c1', name: 'x', arguments: '{}' }] })],
    [
      'input.messages.0.toolCalls.0.arguments',
      message({ role: 'ASSISTANT', toolCalls: [{ id: 'c', name: 'x', arguments: '{' }] }),
    ],
    ['input.messages.0.continuation', message({ continuation: 'x' })],
    ['input.tools.0.parameters', { tools: [{ name: 'x', parameters: 'no schema' }] }],
    ['input.toolChoice.name', { tools: [weather], toolChoice: { mode: 'TOOL' } }],
    ['input.toolChoice.name', { tools: [weather], toolChoice: { mode: 'TOOL', name: 'other' } }],
    ['input.toolChoice.name', { tools: [weather], toolChoice: { mode: 'AUTO', name: 'weather' } }],
    ['input.responseFormat.schema', { responseFormat: { type: 'JSON_SCHEMA' } }],
    ['input.responseFormat.schema', { responseFormat: { type: 'JSON_SCHEMA', schema: [] } }],
    ['input.responseFormat.schema', { responseFormat: { type: 'TEXT', schema: {} } }],
    ['input.labels', { labels: times(17, { name: 'a', value: 'b' }) }],
    ['input.labels.0.value', { labels: [{ name: 'a', value: 'x'.repeat(65) }] }],
    ['input.labels.1.name', { labels: times(2, { name: 'a', value: 'b' }) }],
    ['input.workload', { workload: 'with space' }],
    ['input.workload', { workload: '' }],
    ['input.deadline', { deadline: 999 }],
    ['input.deadline', { deadline: 3_600_001 }],
    ['input.maxOutputTokens', { maxOutputTokens: 0 }],
    ['input.temperature', { temperature: 2.1 }],
    ['input.topP', { topP: -0.1 }],
    ['input.stop', { stop: times(17, 'x') }],
    ['input.sessionId', { sessionId: 'x'.repeat(257) }],
    ['input.fallbackModels', { fallbackModels: times(17, 'a/b') }],
    ['input.model', { model: '' }],
    ['input.providerOptions.0.protocol', { providerOptions: [{ protocol: '__proto__', options: {} }] }],
    ['input.providerOptions.1.protocol', { providerOptions: times(2, { protocol: 'openai', options: {} }) }],
    ['input.providerOptions.0.options', { providerOptions: [{ protocol: 'openai', options: 'x' }] }],
    ['input.routing.optimize', { routing: { optimize: 'QUALITY' } }],
    ['input.routing.only', { routing: { only: times(101, 'x') } }],
  ] as const satisfies readonly (readonly [string, Partial<CompleteInput>])[])(
    'refuses, naming %s: %j',
    (path, input) => {
      expect(fault(input)).toEqual({ code: 'BAD_USER_INPUT', path });
    },
  );

  test('refuses a negative price', () => {
    const path = 'input.routing.maxPrice.input';
    expect(fault({ routing: { maxPrice: { input: -1n } } })).toEqual({ code: 'BAD_USER_INPUT', path });
  });

  test('no message repeats the text of a prompt', () => {
    const secret = 'my salary is 4711';
    expect(() => read(message({ text: secret, parts: [{ text: secret }] }))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('4711') }),
    );
  });
});
