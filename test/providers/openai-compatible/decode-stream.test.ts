import { describe, expect, test } from 'vitest';
import { continuationData } from '../../../src/providers/continuation.ts';
import { openaiCompatible } from '../../../src/providers/openai-compatible/openai-compatible.ts';
import type { ProviderEvent } from '../../../src/providers/provider.ts';

const bound = openaiCompatible.bindTo?.({ providerId: 'acme', baseUrl: 'https://api.acme.example/v1' });

function decode(...documents: readonly (object | string)[]): readonly ProviderEvent[] {
  const decoder = (bound ?? openaiCompatible).createStreamDecoder();
  const events = documents.flatMap(item => decoder.read('', typeof item === 'string' ? item : JSON.stringify(item)));
  return [...events, ...decoder.close()];
}

const delta = (members: object, finish: string | null = null): object => ({
  id: 'chat-1',
  choices: [{ index: 0, delta: members, finish_reason: finish }],
});
const usage = (members: object): object => ({ choices: [], usage: members });
const end: readonly ProviderEvent[] = [{ type: 'finish', reason: 'STOP' }, { type: 'end' }];
const kinds = (events: readonly ProviderEvent[]): readonly string[] =>
  events.map(event => (event.type === 'failure' ? event.failure.kind : event.type));

describe('the end of a stream', () => {
  test('is whole after a finish_reason without [DONE]', () => {
    expect(decode(delta({ content: 'a' }), delta({}, 'stop'))).toEqual([{ type: 'text', text: 'a' }, ...end]);
  });

  test('is a cut without a finish_reason, with [DONE] or not', () => {
    expect(kinds(decode(delta({ content: 'a' })))).toEqual(['text', 'cut']);
    expect(kinds(decode(delta({ content: 'a' }), '[DONE]'))).toEqual(['text', 'cut']);
    expect(kinds(decode())).toEqual(['cut']);
  });

  test('is whole without a finish_reason where the usage and [DONE] came last', () => {
    expect(kinds(decode(delta({ content: 'a' }), usage({ prompt_tokens: 1 }), '[DONE]'))).toEqual([
      'text',
      'usage',
      'finish',
      'end',
    ]);
  });

  test('comes once for two chunks with a finish_reason, and text between them is kept', () => {
    const events = decode(delta({}, 'stop'), delta({ content: 'b' }), delta({}, 'stop'), '[DONE]', '[DONE]');
    expect(events).toEqual([{ type: 'text', text: 'b' }, ...end]);
  });

  test.each([
    ['length', 'LENGTH'],
    ['model_length', 'LENGTH'],
    ['content_filter', 'CONTENT_FILTER'],
    ['function_call', 'TOOL_CALLS'],
    ['eos', 'STOP'],
    ['constructor', 'STOP'],
  ])('reads the finish_reason %s as %s', (word, reason) => {
    expect(decode(delta({}, word))).toContainEqual({ type: 'finish', reason });
  });

  test('is a refusal where one was written, whatever the finish_reason says', () => {
    expect(decode(delta({ refusal: 'No.' }), delta({}, 'stop'))).toEqual([
      { type: 'refusal', text: 'No.' },
      { type: 'finish', reason: 'REFUSAL' },
      { type: 'end' },
    ]);
  });
});

describe('a failure inside a stream', () => {
  test('is read from an event named error', () => {
    const decoder = openaiCompatible.createStreamDecoder();
    const error = { error: { message: 'x', type: 'invalid_request_error', code: 'tool_use_failed', status_code: 400 } };
    expect(decoder.read('error', JSON.stringify(error))).toEqual([
      {
        type: 'failure',
        failure: {
          kind: 'bad-request',
          status: 400,
          providerCode: 'tool_use_failed',
          detail: 'status 400 tool_use_failed',
        },
      },
    ]);
    expect(decoder.read('', JSON.stringify(delta({ content: 'a' })))).toEqual([]);
    expect(decoder.close()).toEqual([]);
  });

  test('comes after the usage that stands beside it, and last', () => {
    const broken = { error: { code: 502, message: 'x' }, ...usage({ prompt_tokens: 3 }) };
    expect(kinds(decode(delta({ content: 'a' }, 'length'), broken, '[DONE]'))).toEqual(['text', 'usage', 'server']);
  });

  test('is read from the choice with finish_reason error', () => {
    const choice = { index: 0, delta: {}, finish_reason: 'error', error: { code: 429, message: 'x' } };
    expect(kinds(decode({ choices: [choice] }))).toEqual(['rate-limited']);
    expect(kinds(decode(delta({}, 'error')))).toEqual(['server']);
  });

  test('is read from a flat error in place of a chunk', () => {
    expect(kinds(decode({ object: 'error', message: 'x', code: 400 }))).toEqual(['bad-request']);
  });

  test.each(['{"choices":[', 'null', '[]', '"text"', 'upstream timed out'])('is of protocol for %s', data => {
    expect(kinds(decode(delta({ content: 'a' }), data))).toEqual(['text', 'protocol']);
  });
});

describe('tool calls', () => {
  const call = (members: object): object => delta({ tool_calls: [members] });
  const fn = (name: string | undefined, args: string): object => ({ function: { name, arguments: args } });
  const calls = (...documents: readonly object[]): readonly ProviderEvent[] =>
    decode(...documents, delta({}, 'tool_calls')).filter(event => event.type === 'tool-call');

  test('count from 0 where the vendor counts from 1, and ignore an empty id', () => {
    expect(
      calls(call({ index: 1, id: 'c', ...fn('f', '') }), call({ index: 1, id: '', ...fn(undefined, '{}') })),
    ).toEqual([
      { type: 'tool-call', index: 0, id: 'c', name: 'f', arguments: '' },
      { type: 'tool-call', index: 0, arguments: '{}' },
    ]);
  });

  test('stay apart without an index', () => {
    const both = delta({
      tool_calls: [
        { id: 'a', ...fn('f', '1') },
        { id: 'b', ...fn('g', '2') },
      ],
    });
    expect(calls(both).map(event => event.type === 'tool-call' && [event.index, event.id])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  test('stay apart where all have index 0', () => {
    const events = calls(call({ index: 0, id: 'a', ...fn('f', '1') }), call({ index: 0, id: 'b', ...fn('f', '2') }));
    expect(events.map(event => event.type === 'tool-call' && [event.index, event.id, event.arguments])).toEqual([
      [0, 'a', '1'],
      [1, 'b', '2'],
    ]);
  });

  test('get an id where the vendor gives none, and hold arguments until the name is there', () => {
    expect(calls(call({ index: 0, ...fn(undefined, '{') }), call({ index: 0, ...fn('f', '}') }))).toEqual([
      { type: 'tool-call', index: 0, id: 'chat-1_0', name: 'f', arguments: '{}' },
    ]);
  });

  test('without a name are a failure, not a whole answer', () => {
    expect(kinds(decode(call({ index: 0, ...fn(undefined, '{}') }), delta({}, 'tool_calls')))).toEqual(['protocol']);
  });

  test('of other choices are left out', () => {
    expect(decode({ choices: [{ index: 1, delta: { content: 'other' } }] }, delta({}, 'stop'))).toEqual(end);
  });
});

describe('content', () => {
  test('is read from lists of parts', () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
      { type: 'text', text: 't' },
    ];
    expect(decode(delta({ content: parts }, 'stop'))).toEqual([
      { type: 'reasoning', text: 'r' },
      { type: 'text', text: 't' },
      ...end,
    ]);
  });

  test('repeats no reasoning that comes under two names', () => {
    const twice = { reasoning: 'r', reasoning_content: 'r' };
    expect(decode(delta(twice, 'stop')).filter(event => event.type === 'reasoning')).toHaveLength(1);
  });

  test('cites each source once though every chunk lists it', () => {
    const chunk = { ...delta({ content: 'a' }), citations: ['https://a.example', 'https://b.example'] };
    expect(decode(chunk, chunk).filter(event => event.type === 'citation')).toHaveLength(2);
  });

  test('joins fragments of reasoning details, and gives them back to the same provider alone', () => {
    const detail = (members: object): object => ({
      reasoning_details: [{ type: 'reasoning.text', index: 0, format: 'f', ...members }],
    });
    const sealed = { type: 'reasoning.encrypted', data: 'x', index: 1 };
    const events = decode(
      delta(detail({ text: 'a' })),
      delta(detail({ text: 'b' })),
      delta(detail({ text: '', signature: 's' })),
      delta({ reasoning_details: [sealed] }, 'stop'),
    );
    const kept = events.find(event => event.type === 'continuation');
    expect(continuationData(kept?.value, 'openai', 'acme')).toEqual({
      reasoning_details: [{ type: 'reasoning.text', index: 0, format: 'f', text: 'ab', signature: 's' }, sealed],
    });
    expect(continuationData(kept?.value, 'openai', 'other')).toBeUndefined();
  });
});
