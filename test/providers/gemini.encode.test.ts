import { describe, expect, test } from 'vitest';
import type { Prompt, PromptMessage, PromptPart, Reasoning } from '../../src/model/completion-request.ts';
import { encodeContinuation } from '../../src/providers/continuation.ts';
import { gemini } from '../../src/providers/gemini/gemini.ts';
import { clearedRequest, type RequestOverrides } from '../support/cleared-request.ts';
import { said, textPart, wireBody } from '../support/wire-body.ts';

const body = (prompt: Partial<Prompt>, overrides: RequestOverrides = {}) => wireBody(gemini, { ...overrides, prompt });
const configOf = (prompt: Partial<Prompt>, wireModel = 'gemini-2.5-flash') =>
  body(prompt, { wireModel }).generationConfig;
const contentsOf = (wireModel: string, ...messages: readonly PromptMessage[]) =>
  body({ messages }, { wireModel }).contents;
const call = { id: 'c1', name: 'weather', arguments: '{"city":"Ulm"}' };
const functionCall = { id: 'c1', name: 'weather', args: { city: 'Ulm' } };

describe('where a request goes', () => {
  test.each([
    [true, 'gemini-2.5-flash', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', { alt: 'sse' }],
    [false, 'models/gemini-2.5-pro', '/v1beta/models/gemini-2.5-pro:generateContent', undefined],
    [false, 'odd name?x#y', '/v1beta/models/odd%20name%3Fx%23y:generateContent', undefined],
  ])('stream %j, model %s', (stream, wireModel, path, query) => {
    const request = gemini.encode(clearedRequest({ stream, wireModel }));
    expect({ path: request.path, query: request.query }).toEqual({ path, query });
  });

  test('with which key', () => {
    expect(gemini.credentialHeaders('k')).toEqual({ 'x-goog-api-key': 'k' });
  });
});

test('writes a plain prompt with nothing more than it needs', () => {
  expect(body({})).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    generationConfig: { maxOutputTokens: 64 },
  });
});

describe('a conversation', () => {
  test('has its system messages apart and turns that alternate', () => {
    const messages = [
      said('SYSTEM', 'Be brief.'),
      said('USER', 'One'),
      said('USER', 'Two'),
      said('SYSTEM', 'Be kind.'),
      said('ASSISTANT', 'Three'),
    ];
    expect(body({ messages })).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'One' }, { text: 'Two' }] },
        { role: 'model', parts: [{ text: 'Three' }] },
      ],
    });
  });

  test('names the call that a result answers, and puts results first', () => {
    expect(
      contentsOf(
        'gemini-2.5-flash',
        said('ASSISTANT', [], { toolCalls: [call] }),
        said('USER', 'And hurry'),
        said('TOOL', 'Sunny', { toolCallId: 'c1' }),
        said('TOOL', '{"a":1}', { toolCallId: 'unknown' }),
      ),
    ).toEqual([
      { role: 'model', parts: [{ functionCall }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'weather', response: { output: 'Sunny' } } },
          { functionResponse: { id: 'unknown', name: 'unknown', response: { a: 1 } } },
          { text: 'And hurry' },
        ],
      },
    ]);
  });

  const media = (type: 'image' | 'audio' | 'file', source: object): PromptPart =>
    ({ type, media: source, cacheUpToHere: true }) as PromptPart;
  test.each([
    [media('image', { data: 'AAAA', mediaType: 'image/png' }), { inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
    [media('audio', { data: 'AAAA', mediaType: 'audio/wav' }), { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }],
    [
      media('file', { url: 'gs://b/a.pdf', mediaType: 'application/pdf' }),
      { fileData: { fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' } },
    ],
    [media('image', { url: 'https://e.example/a.png' }), { fileData: { fileUri: 'https://e.example/a.png' } }],
  ])('writes media %#', (part, expected) => {
    expect(contentsOf('gemini-2.5-flash', said('USER', [part]))).toEqual([{ role: 'user', parts: [expected] }]);
  });
});

describe('tools', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  test.each([
    [undefined, undefined],
    [{ mode: 'AUTO' }, { mode: 'AUTO' }],
    [{ mode: 'NONE' }, { mode: 'NONE' }],
    [{ mode: 'REQUIRED' }, { mode: 'ANY' }],
    [
      { mode: 'TOOL', name: 'weather' },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ] as const)('are chosen: %j', (toolChoice, functionCallingConfig) => {
    const tools = [
      { name: 'weather', description: 'Now', parameters },
      { name: 'now', parameters: {} },
    ];
    const written = body({ tools, ...(toolChoice === undefined ? {} : { toolChoice }) });
    expect(written.toolConfig).toEqual(functionCallingConfig && { functionCallingConfig });
    expect(written.tools).toEqual([
      {
        functionDeclarations: [
          { name: 'weather', description: 'Now', parametersJsonSchema: parameters },
          { name: 'now' },
        ],
      },
    ]);
  });
});

test.each([
  [
    { temperature: 1.4, topP: 0.5, topK: 4, seed: 7 },
    { temperature: 1.4, topP: 0.5, topK: 4, seed: 7 },
  ],
  [
    { frequencyPenalty: 0.1, presencePenalty: 0.2 },
    { frequencyPenalty: 0.1, presencePenalty: 0.2 },
  ],
  [{ stop: ['END'] }, { stopSequences: ['END'] }],
  [{ responseFormat: { type: 'JSON_OBJECT' } }, { responseMimeType: 'application/json' }],
  [
    { responseFormat: { type: 'JSON_SCHEMA', name: 'a', schema: { type: 'object' } } },
    { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
  ],
  [
    { providerOptions: { gemini: { mediaResolution: 'MEDIA_RESOLUTION_LOW', candidateCount: 8 }, openai: { n: 8 } } },
    { mediaResolution: 'MEDIA_RESOLUTION_LOW' },
  ],
  [{ endUser: 'hash', parallelToolCalls: false }, {}],
] as const)('writes %j as %j', (prompt, expected) => {
  expect(configOf(prompt)).toEqual({ maxOutputTokens: 64, ...expected });
});

describe('reasoning', () => {
  const think = (reasoning: Partial<Reasoning>, wireModel: string, maxOutputTokens = 50_000) =>
    configOf({ maxOutputTokens, reasoning: { exclude: false, ...reasoning } }, wireModel) as Record<string, unknown>;

  test.each([
    [{ effort: 'LOW' }, 'gemini-2.5-flash', { thinkingBudget: 1_024, includeThoughts: true }],
    [{ effort: 'HIGH' }, 'gemini-2.5-pro', { thinkingBudget: 24_576, includeThoughts: true }],
    [{ effort: 'NONE' }, 'gemini-2.5-flash', { thinkingBudget: 0 }],
    [{ effort: 'NONE' }, 'gemini-2.5-pro', { thinkingBudget: 128 }],
    [{ maxTokens: 100 }, 'gemini-2.5-flash-lite', { thinkingBudget: 512, includeThoughts: true }],
    [{ maxTokens: 99_999, exclude: true }, 'gemini-2.5-pro', { thinkingBudget: 32_768 }],
    [{ effort: 'MEDIUM' }, 'gemini-3-flash-preview', { thinkingLevel: 'medium', includeThoughts: true }],
    [{ effort: 'MEDIUM' }, 'gemini-3-pro-preview', { thinkingLevel: 'high', includeThoughts: true }],
    [{ effort: 'MEDIUM' }, 'gemini-3.1-pro-preview', { thinkingLevel: 'medium', includeThoughts: true }],
    [{ effort: 'NONE' }, 'gemini-3.6-flash', { thinkingLevel: 'minimal' }],
    [{ effort: 'HIGH', maxTokens: 2_000 }, 'gemini-3.6-flash', { thinkingBudget: 2_000, includeThoughts: true }],
    [{}, 'gemini-3.6-flash', { includeThoughts: true }],
  ] as const)('of %j by %s', (reasoning, wireModel, thinkingConfig) => {
    expect(think(reasoning, wireModel).thinkingConfig).toEqual(thinkingConfig);
  });

  test('leaves the answer room in the output limit', () => {
    expect(think({ effort: 'HIGH' }, 'gemini-2.5-flash', 1_000).thinkingConfig).toMatchObject({ thinkingBudget: 800 });
  });

  test('is left out where the endpoint can not reason', () => {
    const prompt = { reasoning: { effort: 'HIGH', exclude: false } } as const;
    expect(wireBody(gemini, { prompt }, []).generationConfig).toEqual({ maxOutputTokens: 64 });
  });
});

describe('what was kept of an answer', () => {
  const kept = {
    textLength: 5,
    callIds: ['c1'],
    signed: [
      { start: 3, end: 5, signature: 's1' },
      { start: 5, end: 5, signature: 's2' },
      { call: 0, signature: 's3' },
    ],
  };
  const keep = (data: unknown, providerId = 'acme') => encodeContinuation({ protocol: 'gemini', providerId, data });
  const back = (continuation: string, words = 'Hello', wireModel = 'gemini-2.5-flash') =>
    contentsOf(wireModel, said('ASSISTANT', words, { toolCalls: [call], continuation }));

  test('goes back, each signature on its part', () => {
    expect(back(keep(kept))).toEqual([
      {
        role: 'model',
        parts: [
          { text: 'Hel' },
          { text: 'lo', thoughtSignature: 's1' },
          { text: '', thoughtSignature: 's2' },
          { functionCall, thoughtSignature: 's3' },
        ],
      },
    ]);
  });

  test('keeps to the calls where the text is another one by now', () => {
    expect(back(keep(kept), 'Hi')).toEqual([
      { role: 'model', parts: [{ text: 'Hi' }, { functionCall, thoughtSignature: 's3' }] },
    ]);
  });

  test.each([
    ['another provider', keep(kept, 'other')],
    ['garbage', 'not one'],
    ['nothing that was kept', keep({ signed: 7, callIds: 'x' })],
    ['overlapping stretches', keep({ ...kept, signed: [kept.signed[1], kept.signed[0]] })],
  ])('stays away where it is of %s', (_, continuation) => {
    expect(back(continuation)).toEqual([{ role: 'model', parts: [{ text: 'Hello' }, { functionCall }] }]);
  });

  test('is stood in for where Gemini 3 demands a signature and another model made the call', () => {
    const two = [call, { ...call, id: 'c2' }];
    const parts = [
      { functionCall, thoughtSignature: 'skip_thought_signature_validator' },
      { functionCall: { ...functionCall, id: 'c2' } },
    ];
    expect(contentsOf('gemini-3-pro-preview', said('ASSISTANT', [], { toolCalls: two }))).toEqual([
      { role: 'model', parts },
    ]);
  });
});

test('leaves an empty text out', () => {
  expect(contentsOf('gemini-2.5-flash', said('USER', [textPart(''), textPart('Hi')]))).toEqual([
    { role: 'user', parts: [{ text: 'Hi' }] },
  ]);
});
