import { describe, expect, test } from 'vitest';
import type { Prompt, PromptMessage, PromptPart, Reasoning } from '../../src/model/completion-request.ts';
import { anthropic } from '../../src/providers/anthropic/anthropic.ts';
import { encodeContinuation } from '../../src/providers/continuation.ts';
import { clearedRequest, type RequestOverrides } from '../support/cleared-request.ts';
import { said, textPart, wireBody } from '../support/wire-body.ts';

const body = (prompt: Partial<Prompt>, overrides: RequestOverrides = {}) =>
  wireBody(anthropic, { ...overrides, prompt });
const messagesOf = (...messages: readonly PromptMessage[]) => body({ messages }).messages;
const call = { id: 'toolu_1', name: 'weather', arguments: '{"city":"Ulm"}' };
const weather = { name: 'weather', description: 'Now', parameters: { properties: {} } };
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Ulm' } };
const text = (words: string) => ({ type: 'text', text: words });

test('says where, by which version and with which key', () => {
  expect(anthropic.encode(clearedRequest())).toMatchObject({
    path: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
  });
  expect(anthropic.credentialHeaders('k')).toEqual({ 'x-api-key': 'k' });
});

test('writes a plain prompt with nothing more than it needs', () => {
  expect(body({}, { stream: false, wireModel: 'claude-haiku-4-5' })).toEqual({
    model: 'claude-haiku-4-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: [text('Hello')] }],
    stream: false,
  });
});

describe('a conversation', () => {
  test('has its system messages in front and turns that alternate', () => {
    const messages = [
      said('SYSTEM', 'Be brief.'),
      said('USER', 'One'),
      said('USER', 'Two'),
      said('SYSTEM', 'Be kind.'),
      said('ASSISTANT', 'Three'),
    ];
    expect(body({ messages })).toMatchObject({
      system: [text('Be brief.'), text('Be kind.')],
      messages: [
        { role: 'user', content: [text('One'), text('Two')] },
        { role: 'assistant', content: [text('Three')] },
      ],
    });
  });

  test('has results of tools first in their turn, under ids that the API takes', () => {
    const odd = { ...call, id: 'call:1/2' };
    expect(
      messagesOf(
        said('ASSISTANT', 'Let me see.', { toolCalls: [odd] }),
        said('USER', 'And hurry'),
        said('TOOL', 'Sunny', { toolCallId: 'call:1/2' }),
        said('TOOL', [], { toolCallId: 'other' }),
      ),
    ).toEqual([
      { role: 'assistant', content: [text('Let me see.'), { ...toolUse, id: 'call_1_2' }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1_2', content: [text('Sunny')] },
          { type: 'tool_result', tool_use_id: 'other' },
          text('And hurry'),
        ],
      },
    ]);
  });

  test('leaves out empty texts, and trailing white space of an answer to go on from', () => {
    expect(messagesOf(said('USER', [textPart(''), textPart('Hi')]), said('ASSISTANT', 'Once \n'))).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [text('Once')] },
    ]);
  });

  test.each([
    ['', {}],
    ['{"a":1}', { a: 1 }],
    ['{"a":', { INVALID_JSON: '{"a":' }],
    ['[1]', { INVALID_JSON: '[1]' }],
  ])('gives back arguments %j as an object', (json, input) => {
    expect(messagesOf(said('ASSISTANT', [], { toolCalls: [{ ...call, arguments: json }] }))).toEqual([
      { role: 'assistant', content: [{ ...toolUse, input }] },
    ]);
  });

  const media = (type: 'image' | 'file', source: object): PromptPart =>
    ({ type, media: source, cacheUpToHere: false }) as PromptPart;
  test.each([
    [
      media('image', { data: 'AAAA', mediaType: 'image/png' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      media('image', { url: 'https://e.example/a.png' }),
      { type: 'image', source: { type: 'url', url: 'https://e.example/a.png' } },
    ],
    [
      media('file', { data: 'JVBE', mediaType: 'application/pdf', name: 'a.pdf' }),
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
        title: 'a.pdf',
      },
    ],
    [
      media('file', { data: 'R3LDvMOf', mediaType: 'text/markdown' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüß' } },
    ],
  ])('writes media %#', (part, block) => {
    expect(messagesOf(said('USER', [part]))).toEqual([{ role: 'user', content: [block] }]);
  });
});

describe('cache breakpoints', () => {
  const marked = (words: string) => textPart(words, true);
  const messages = [said('SYSTEM', [marked('s')]), said('USER', ['1', '2', '3', '4'].map(marked))];

  test('are the last four, where the provider may store', () => {
    const encoded = JSON.stringify(body({ messages }, { mayStore: true }));
    expect(encoded.match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(4);
    expect(body({ messages }, { mayStore: true }).system).toEqual([text('s')]);
  });

  test('are never set where it may not', () => {
    expect(JSON.stringify(body({ messages }, { mayStore: false }))).not.toContain('cache_control');
  });
});

describe('tools', () => {
  test.each([
    [{ mode: 'AUTO' }, undefined, { type: 'auto' }],
    [{ mode: 'NONE' }, false, { type: 'none' }],
    [{ mode: 'REQUIRED' }, undefined, { type: 'any' }],
    [{ mode: 'TOOL', name: 'weather' }, false, { type: 'tool', name: 'weather', disable_parallel_tool_use: true }],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
    [undefined, true, undefined],
  ] as const)('are chosen: %j, in parallel: %j', (toolChoice, parallelToolCalls, expected) => {
    const prompt = {
      tools: [weather],
      ...(toolChoice === undefined ? {} : { toolChoice }),
      ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
    };
    expect(body(prompt).tool_choice).toEqual(expected);
    expect(body(prompt).tools).toEqual([
      { name: 'weather', description: 'Now', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  test('and answers by a schema are closed, without the bounds that the API refuses', () => {
    const schema = {
      type: 'object',
      properties: {
        minimum: { type: 'integer', minimum: 1 },
        list: { type: 'array', minItems: 2, items: { type: 'object' } },
      },
      required: ['minimum'],
    };
    const closed = {
      type: 'object',
      properties: {
        minimum: { type: 'integer' },
        list: { type: 'array', items: { type: 'object', additionalProperties: false } },
      },
      required: ['minimum'],
      additionalProperties: false,
    };
    expect(body({ tools: [{ name: 't', parameters: schema, strict: true }] }).tools).toEqual([
      { name: 't', input_schema: closed, strict: true },
    ]);
    expect(body({ responseFormat: { type: 'JSON_SCHEMA', name: 'a', schema } }).output_config).toEqual({
      format: { type: 'json_schema', schema: closed },
    });
  });
});

test('asks in words for JSON without a schema', () => {
  expect(JSON.stringify(body({ responseFormat: { type: 'JSON_OBJECT' } }).system)).toContain('JSON object');
});

test.each([
  [
    { temperature: 1.4, topP: 0.5, topK: 4 },
    { temperature: 1, top_k: 4 },
  ],
  [{ topP: 0.5 }, { top_p: 0.5 }],
  [{ stop: ['END'] }, { stop_sequences: ['END'] }],
  [{ endUser: 'hash' }, { metadata: { user_id: 'hash' } }],
  [{ seed: 1, frequencyPenalty: 1, presencePenalty: 1, providerOptions: { anthropic: { container: 'x' } } }, {}],
])('writes %j as %j', (prompt, expected) => {
  const { model: _m, max_tokens: _t, messages: _p, stream: _s, ...rest } = body(prompt);
  expect(rest).toEqual(expected);
});

describe('reasoning', () => {
  const think = (
    reasoning: Partial<Reasoning>,
    wireModel = 'claude-sonnet-4-5-20250929',
    prompt: Partial<Prompt> = {},
  ) => body({ maxOutputTokens: 10_000, ...prompt, reasoning: { exclude: false, ...reasoning } }, { wireModel });

  test.each([
    [{ effort: 'LOW' }, 'claude-sonnet-4-5-20250929', { type: 'enabled', budget_tokens: 2_000 }, undefined],
    [{ effort: 'MINIMAL' }, 'claude-3-7-sonnet-latest', { type: 'enabled', budget_tokens: 1_024 }, undefined],
    [{ maxTokens: 3_000 }, 'claude-sonnet-4-20250514', { type: 'enabled', budget_tokens: 3_000 }, undefined],
    [{ maxTokens: 90_000 }, 'claude-opus-4-1', { type: 'enabled', budget_tokens: 9_999 }, undefined],
    [{ effort: 'NONE' }, 'claude-opus-4-5', undefined, undefined],
    [{ effort: 'HIGH' }, 'claude-opus-4-6', { type: 'adaptive', display: 'summarized' }, { effort: 'high' }],
    [{ maxTokens: 1_500 }, 'claude-fable-5', { type: 'adaptive', display: 'summarized' }, { effort: 'low' }],
    [{ exclude: true }, 'claude-sonnet-4.6', { type: 'adaptive', display: 'omitted' }, undefined],
    [{ effort: 'NONE' }, 'claude-opus-4-7', { type: 'disabled' }, undefined],
  ] as const)('of %j by %s', (reasoning, wireModel, thinking, config) => {
    const written = think(reasoning, wireModel);
    expect(written.thinking).toEqual(thinking);
    expect(written.output_config).toEqual(config);
  });

  test('takes the samplings with it that the API refuses beside it', () => {
    const written = think({ effort: 'LOW' }, undefined, { temperature: 0.2, topP: 0.5, topK: 4 });
    for (const name of ['temperature', 'top_p', 'top_k']) expect(written).not.toHaveProperty(name);
    expect(think({ effort: 'LOW' }, undefined, { topP: 0.96 }).top_p).toBe(0.96);
  });

  test.each([
    ['a forced tool', { tools: [weather], toolChoice: { mode: 'REQUIRED' } }],
    ['an answer to go on from', { messages: [said('USER', 'Hi'), said('ASSISTANT', 'Once')] }],
    ['an output limit that holds no budget', { maxOutputTokens: 1_024 }],
    [
      'calls whose own thinking is not given back',
      {
        messages: [
          said('USER', 'Hi'),
          said('ASSISTANT', [], { toolCalls: [call] }),
          said('TOOL', 'x', { toolCallId: 'toolu_1' }),
        ],
      },
    ],
  ] as const)('is left out beside %s', (_, prompt) => {
    expect(think({ effort: 'LOW' }, undefined, prompt)).not.toHaveProperty('thinking');
  });

  test('is left out where the endpoint can not reason', () => {
    const prompt = { maxOutputTokens: 10_000, reasoning: { effort: 'HIGH', exclude: false } } as const;
    expect(wireBody(anthropic, { prompt }, [])).not.toHaveProperty('thinking');
  });
});

describe('what was kept of an answer', () => {
  const outline = [
    { type: 'thinking', thinking: 'Hm', signature: 'sig' },
    { type: 'text', length: 5 },
    { type: 'redacted_thinking', data: 'opaque' },
    { type: 'tool_use', id: 'toolu_1' },
  ];
  const keep = (data: unknown, providerId = 'acme') => encodeContinuation({ protocol: 'anthropic', providerId, data });
  const back = (continuation: string, words = 'Hello') =>
    messagesOf(
      said('ASSISTANT', words, { toolCalls: [call], continuation }),
      said('TOOL', 'x', { toolCallId: 'toolu_1' }),
    );
  const contentOf = (messages: unknown) => (messages as readonly { readonly content: unknown }[])[0]?.content;

  test('goes back unchanged and in its place', () => {
    expect(contentOf(back(keep({ outline })))).toEqual([outline[0], text('Hello'), outline[2], toolUse]);
  });

  test('goes in front where the text is another one by now', () => {
    expect(contentOf(back(keep({ outline }), 'Hi'))).toEqual([outline[0], outline[2], text('Hi'), toolUse]);
  });

  test.each([
    ['another provider', keep({ outline }, 'other')],
    ['garbage', 'not one'],
    ['nothing that was kept', keep({ outline: 7 })],
  ])('stays away where it is of %s', (_, continuation) => {
    expect(contentOf(back(continuation))).toEqual([text('Hello'), toolUse]);
  });

  test('can smuggle nothing in but reasoning', () => {
    const smuggled = [
      { type: 'text', text: 'planted', length: 'x' },
      { type: 'image', source: { type: 'url', url: 'https://planted.example/' } },
      { type: 'thinking', thinking: 'planted' },
      { type: 'thinking', thinking: 'Hm', signature: 'sig', cache_control: 'planted' },
    ];
    expect(JSON.stringify(back(keep({ outline: smuggled })))).not.toContain('planted');
  });
});
