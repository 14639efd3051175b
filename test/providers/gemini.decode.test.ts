import { describe, expect, test } from 'vitest';
import { decodeContinuation } from '../../src/providers/continuation.ts';
import { gemini } from '../../src/providers/gemini/gemini.ts';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import { collectAnswer, decodeEvents, decodeStream } from '../support/collect-answer.ts';

const chunk = (parts: readonly object[], further: object = {}, around: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...further }],
  responseId: 'r1',
  ...around,
});
const stop = { finishReason: 'STOP' };
const read = (...events: readonly unknown[]) => decodeEvents(gemini, ...events);
const last = (events: readonly ProviderEvent[]) => events.at(-1);
const kindOf = (events: readonly ProviderEvent[]) => collectAnswer(events).finish;
const citations = (events: readonly ProviderEvent[]) =>
  events.flatMap(event => (event.type === 'citation' ? [event.citation] : []));

describe('a streamed answer', () => {
  const chunks = [
    chunk([{ text: 'Hm', thought: true }]),
    chunk([{ text: 'Grüß ' }]),
    chunk([{ text: 'Gott' }, { functionCall: { name: 'weather', args: { city: 'Ulm' } } }], stop, {
      usageMetadata: {
        promptTokenCount: 10,
        toolUsePromptTokenCount: 4,
        cachedContentTokenCount: 8,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 20,
        totalTokenCount: 39,
      },
    }),
  ];

  test('comes as text, reasoning, calls, usage, a finish and its end', () => {
    const events = read(...chunks);
    expect(collectAnswer(events)).toEqual({
      text: 'Grüß Gott',
      reasoning: 'Hm',
      refusal: '',
      toolCalls: [{ id: 'r1_0', name: 'weather', arguments: '{"city":"Ulm"}' }],
      usage: { inputTokens: 14, cachedInputTokens: 8, outputTokens: 25, reasoningTokens: 20 },
      finish: 'TOOL_CALLS',
    });
    expect(last(events)).toEqual({ type: 'end' });
  });

  test.each([1, 7, Number.POSITIVE_INFINITY])('is read the same with CRLF and comments, cut every %d bytes', size => {
    const lines = chunks.map(item => `: note\r\ndata: ${JSON.stringify(item)}\r\n\r\n`).join('');
    expect(decodeStream(gemini, new TextEncoder().encode(lines), size)).toEqual(read(...chunks));
  });

  test('is cut where the body ends without a finishReason', () => {
    expect(kindOf(read())).toBe('failure:cut');
    expect(kindOf(read(...chunks.slice(0, 2)))).toBe('failure:cut');
  });

  test('goes on after a finishReason, which older models put on every chunk', () => {
    const answer = collectAnswer(read(chunk([{ text: 'a' }], stop), chunk([{ text: 'b' }], stop)));
    expect(answer).toMatchObject({ text: 'ab', finish: 'STOP' });
  });

  test('leaves other candidates out', () => {
    const second = { content: { parts: [{ text: 'B' }] }, index: 1, finishReason: 'STOP' };
    const both = { candidates: [second, { content: { parts: [{ text: 'A' }] }, index: 0, finishReason: 'STOP' }] };
    expect(collectAnswer(read(both)).text).toBe('A');
  });

  test('never passes calls of the provider’s own tools off as the caller’s', () => {
    const parts = [
      { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
      { toolCall: { toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['x'] }, id: 't' } },
      { toolResponse: { toolType: 'GOOGLE_SEARCH_WEB', response: {}, id: 't' } },
      { aPartOfNextYear: {} },
      { text: 'Done' },
    ];
    expect(collectAnswer(read(chunk(parts, stop)))).toMatchObject({ text: 'Done', toolCalls: [], finish: 'STOP' });
  });

  test('delivers media that the model made', () => {
    const events = read(chunk([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }], stop));
    expect(events).toContainEqual({ type: 'media', media: { mediaType: 'image/png', data: 'AAAA' } });
  });

  test.each([
    ['STOP', 'STOP'],
    ['MAX_TOKENS', 'LENGTH'],
    ['SAFETY', 'CONTENT_FILTER'],
    ['PROHIBITED_CONTENT', 'CONTENT_FILTER'],
    ['MODEL_ARMOR', 'CONTENT_FILTER'],
    ['MALFORMED_FUNCTION_CALL', 'failure:server'],
    ['UNEXPECTED_TOOL_CALL', 'failure:server'],
    ['MISSING_THOUGHT_SIGNATURE', 'failure:bad-request'],
    ['A_REASON_OF_NEXT_YEAR', 'failure:server'],
    ['toString', 'failure:server'],
  ])('ends by %s as %s', (finishReason, expected) => {
    expect(kindOf(read(chunk([], { finishReason })))).toBe(expected);
  });

  test('books a blocked prompt, and fails with the filter’s word', () => {
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 9 } };
    expect(read(blocked)).toEqual([
      { type: 'usage', usage: { inputTokens: 9 } },
      {
        type: 'failure',
        failure: {
          kind: 'content-filter',
          providerCode: 'PROHIBITED_CONTENT',
          detail: 'blockReason PROHIBITED_CONTENT',
        },
      },
    ]);
  });

  test.each([
    ['no JSON', '{"candidates":'],
    ['no object', '"text"'],
    ['a call without a name', chunk([{ functionCall: { args: {} } }])],
  ])('fails by the protocol on %s, and says nothing after', (_, event) => {
    const events = read(event, chunk([{ text: 'more' }], stop));
    expect(last(events)).toMatchObject({ type: 'failure', failure: { kind: 'protocol' } });
    expect(collectAnswer(events).text).toBe('');
  });

  test.each([
    ['plain', { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }],
    ['in an array', [{ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }]],
  ])('ends with the class of an error inside a 200, %s', (_, error) => {
    expect(last(read(chunk([{ text: 'a' }]), error))).toEqual({
      type: 'failure',
      failure: {
        kind: 'overloaded',
        status: 503,
        providerCode: 'UNAVAILABLE',
        detail: 'error in the answer UNAVAILABLE',
      },
    });
  });
});

describe('streamed arguments', () => {
  const piece = (functionCall: object) => chunk([{ functionCall }]);
  const argumentsOf = (...pieces: readonly object[]) => {
    const answer = collectAnswer(read(...pieces.map(piece), chunk([], stop)));
    return answer.toolCalls.map(call => JSON.parse(call.arguments) as unknown);
  };

  test('are put together by their paths', () => {
    const [args] = argumentsOf(
      { name: 'order', willContinue: true },
      { partialArgs: [{ jsonPath: '$.items[0].name', stringValue: 'ap', willContinue: true }], willContinue: true },
      { partialArgs: [{ jsonPath: '$.items[0].name', stringValue: 'ple' }], willContinue: true },
      { partialArgs: [{ jsonPath: '$.items[0].price', numberValue: 0.5 }], willContinue: true },
      { partialArgs: [{ jsonPath: "$['a b'].gift", boolValue: false }], willContinue: true },
      { partialArgs: [{ jsonPath: '$.note', nullValue: 'NULL_VALUE' }] },
    );
    expect(args).toEqual({ items: [{ name: 'apple', price: 0.5 }], 'a b': { gift: false }, note: null });
  });

  test('end with an empty piece, with the next call, or with the answer', () => {
    const pieces = [{ name: 'a', willContinue: true }, {}, { name: 'b', willContinue: true }, { name: 'c' }];
    expect(argumentsOf(...pieces, { name: 'd', willContinue: true })).toEqual([{}, {}, {}, {}]);
  });

  test('can not reach a prototype, nor open huge arrays', () => {
    const at = (jsonPath: string) => ({ name: 'x', partialArgs: [{ jsonPath, stringValue: 'y' }] });
    expect(JSON.stringify(argumentsOf(at('$.__proto__.polluted')))).toBe('[{"__proto__":{"polluted":"y"}}]');
    expect('polluted' in {}).toBe(false);
    expect(kindOf(read(piece(at('$.a[99999999]'))))).toBe('failure:protocol');
    expect(kindOf(read(piece(at('$..a'))))).toBe('failure:protocol');
  });
});

describe('what is kept for the next turn', () => {
  test('is every signature with its part', () => {
    const events = read(
      chunk([{ text: 'Hel' }]),
      chunk([{ text: 'lo', thoughtSignature: 's1' }]),
      chunk([{ functionCall: { id: 'c', name: 'now' }, thoughtSignature: 's2' }]),
      chunk([{ text: '', thoughtSignature: 's3' }], stop),
    );
    const kept = events.find(event => event.type === 'continuation');
    expect(decodeContinuation(kept?.value ?? '')?.data).toEqual({
      textLength: 5,
      callIds: ['c'],
      signed: [
        { start: 3, end: 5, signature: 's1' },
        { call: 0, signature: 's2' },
        { start: 5, end: 5, signature: 's3' },
      ],
    });
  });
});

describe('citations', () => {
  const web = (uri: string) => ({ web: { uri, title: 'T' } });

  test('turn bytes of UTF-8 into UTF-16 units, and keep sources that nothing names', () => {
    const groundingMetadata = {
      groundingChunks: [web('https://a.example/'), web('https://b.example/')],
      groundingSupports: [{ segment: { startIndex: 5, endIndex: 11, text: 'Straß' }, groundingChunkIndices: [0, 9] }],
    };
    const events = read(chunk([{ text: '😀 Straße' }]), chunk([], { ...stop, groundingMetadata }));
    expect(citations(events)).toEqual([
      { url: 'https://a.example/', title: 'T', start: 3, end: 8 },
      { url: 'https://b.example/', title: 'T' },
    ]);
  });

  test('look for a text whose offsets are wrong, and leave them out where it is not there', () => {
    const support = (text: string) => ({ segment: { startIndex: 1, endIndex: 4, text }, groundingChunkIndices: [0] });
    const groundingMetadata = {
      groundingChunks: [web('https://a.example/')],
      groundingSupports: [support('world'), support('nowhere')],
    };
    const events = read(chunk([{ text: 'hello world' }], { ...stop, groundingMetadata }));
    expect(citations(events)).toEqual([
      { url: 'https://a.example/', title: 'T', start: 6, end: 11 },
      { url: 'https://a.example/', title: 'T' },
    ]);
  });
});

describe('usage', () => {
  test.each([-1, 1.5, 1e308, '7', null])('drops %j', count => {
    const usageMetadata = { promptTokenCount: count, candidatesTokenCount: count, thoughtsTokenCount: count };
    expect(collectAnswer(read(chunk([], stop, { usageMetadata }))).usage).toEqual({});
  });

  test.each([
    [
      'thoughts that the candidates leave out',
      { candidatesTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 18 },
      8,
    ],
    [
      'thoughts that the total shows inside',
      { candidatesTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 15 },
      5,
    ],
    ['nothing but thoughts', { thoughtsTokenCount: 3, totalTokenCount: 13 }, 3],
    ['nothing', { totalTokenCount: 10 }, 0],
  ])('counts an output of %s', (_, counts, outputTokens) => {
    const usageMetadata = { promptTokenCount: 10, ...counts };
    expect(collectAnswer(read(chunk([], stop, { usageMetadata }))).usage).toMatchObject({
      inputTokens: 10,
      outputTokens,
    });
  });
});

describe('a unary answer', () => {
  test('comes as the same events', () => {
    const answer = chunk([{ text: 'Hi' }], stop, { usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1 } });
    expect(gemini.decodeAnswer(JSON.stringify(answer))).toEqual(read(answer));
  });

  test.each([
    ['HTML', '<html>', 'protocol'],
    ['nothing', '', 'protocol'],
    ['no candidates', '{"candidates":[]}', 'protocol'],
    ['a candidate that never stopped', JSON.stringify(chunk([{ text: 'x' }])), 'cut'],
    ['an error inside a 200', '{"error":{"code":500,"status":"INTERNAL"}}', 'server'],
  ])('fails on %s', (_, body, kind) => {
    expect(gemini.decodeAnswer(body)).toMatchObject([{ type: 'failure', failure: { kind } }]);
  });
});
