import { describe, expect, test } from 'vitest';
import { anthropic } from '../../src/providers/anthropic/anthropic.ts';
import { decodeContinuation } from '../../src/providers/continuation.ts';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import { collectAnswer, decodeEvents, decodeStream } from '../support/collect-answer.ts';

const start = (usage: object = { input_tokens: 5, output_tokens: 1 }) => ({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], stop_reason: null, usage },
});
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, change: object) => ({ type: 'content_block_delta', index, delta: change });
const blockEnd = (index: number) => ({ type: 'content_block_stop', index });
const text = (index: number, ...texts: readonly string[]) => [
  block(index, { type: 'text', text: '' }),
  ...texts.map(item => delta(index, { type: 'text_delta', text: item })),
  blockEnd(index),
];
const finish = (stop_reason: string, usage: object = { output_tokens: 9 }, further: object = {}) => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...further }, usage },
  { type: 'message_stop' },
];
const read = (...events: readonly unknown[]) => decodeEvents(anthropic, ...events);
const last = (events: readonly ProviderEvent[]) => events.at(-1);
const kindOf = (events: readonly ProviderEvent[]) => collectAnswer(events).finish;

describe('a streamed message', () => {
  test('comes as text, tool call fragments, usage, a finish and its end', () => {
    const events = read(
      start({ input_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 }),
      { type: 'ping' },
      ...text(0, 'Grüß ', 'Gott'),
      block(1, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
      delta(1, { type: 'input_json_delta', partial_json: '' }),
      delta(1, { type: 'input_json_delta', partial_json: '{"city":' }),
      delta(1, { type: 'input_json_delta', partial_json: '"Ulm"}' }),
      blockEnd(1),
      ...finish('tool_use'),
    );
    expect(collectAnswer(events)).toEqual({
      text: 'Grüß Gott',
      reasoning: '',
      refusal: '',
      toolCalls: [{ id: 'toolu_1', name: 'weather', arguments: '{"city":"Ulm"}' }],
      usage: {
        inputTokens: 125,
        cachedInputTokens: 100,
        cacheWriteTokens: 20,
        cacheWriteLongTokens: 0,
        outputTokens: 9,
      },
      finish: 'TOOL_CALLS',
    });
    expect(events.filter(({ type }) => type === 'tool-call')).toHaveLength(3);
    expect(last(events)).toEqual({ type: 'end' });
  });

  test('gives a call without arguments an empty object', () => {
    const call = block(0, { type: 'tool_use', id: 'toolu_1', name: 'now', input: {} });
    const { toolCalls } = collectAnswer(read(start(), call, blockEnd(0), ...finish('tool_use')));
    expect(toolCalls).toEqual([{ id: 'toolu_1', name: 'now', arguments: '{}' }]);
  });

  test('is read the same through comments and CRLF', () => {
    const lines = [start(), ...text(0, 'Hi'), ...finish('end_turn')].map(
      event => `: keep-alive\r\nevent: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`,
    );
    const events = decodeStream(anthropic, new TextEncoder().encode(lines.join('')), 1);
    expect(events).toEqual(read(start(), ...text(0, 'Hi'), ...finish('end_turn')));
  });

  test('never passes calls of the provider’s own tools off as the caller’s', () => {
    const events = read(
      start(),
      block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      blockEnd(0),
      block(1, {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [{ type: 'web_search_result', url: 'https://example.com/', title: 'Example', encrypted_content: 'x' }],
      }),
      blockEnd(1),
      block(2, { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 's', input: { a: 1 } }),
      blockEnd(2),
      block(3, { type: 'a_block_of_next_year' }),
      delta(3, { type: 'a_delta_of_next_year' }),
      blockEnd(3),
      { type: 'an_event_of_next_year' },
      ...text(4, 'Done'),
      ...finish('end_turn'),
    );
    expect(collectAnswer(events)).toMatchObject({ text: 'Done', toolCalls: [], finish: 'STOP' });
    expect(events).toContainEqual({ type: 'citation', citation: { url: 'https://example.com/', title: 'Example' } });
  });

  test('places citations in UTF-16 units of the whole text', () => {
    const citation = { type: 'web_search_result_location', url: 'https://example.com/', title: 'E', cited_text: 'q' };
    const events = read(
      start(),
      ...text(0, '😀 '),
      block(1, { type: 'text', text: '', citations: [] }),
      delta(1, { type: 'text_delta', text: 'cited' }),
      delta(1, { type: 'citations_delta', citation }),
      blockEnd(1),
      ...finish('end_turn'),
    );
    const expected = { url: 'https://example.com/', title: 'E', start: 3, end: 8 };
    expect(events).toContainEqual({ type: 'citation', citation: expected });
  });

  test('keeps signed and redacted thinking, in its place, for the next turn', () => {
    const bound = anthropic.bindTo?.({ providerId: 'claude', baseUrl: 'https://api.anthropic.com' }) ?? anthropic;
    const events = decodeEvents(
      bound,
      start(),
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      blockEnd(0),
      block(1, { type: 'redacted_thinking', data: 'opaque' }),
      blockEnd(1),
      ...text(2, 'Hello'),
      ...finish('end_turn'),
    );
    expect(collectAnswer(events).reasoning).toBe('Hm');
    const kept = events.find(event => event.type === 'continuation');
    expect(decodeContinuation(kept?.value ?? '')).toEqual({
      protocol: 'anthropic',
      providerId: 'claude',
      data: {
        outline: [
          { type: 'thinking', thinking: 'Hm', signature: 'sig' },
          { type: 'redacted_thinking', data: 'opaque' },
          { type: 'text', length: 5 },
        ],
      },
    });
  });

  test.each([
    ['end_turn', 'STOP'],
    ['stop_sequence', 'STOP'],
    ['max_tokens', 'LENGTH'],
    ['model_context_window_exceeded', 'LENGTH'],
    ['pause_turn', 'LENGTH'],
    ['refusal', 'REFUSAL'],
    ['constructor', 'STOP'],
  ])('ends by %s as %s', (reason, expected) => {
    expect(kindOf(read(start(), ...text(0, 'Hi'), ...finish(reason)))).toBe(expected);
  });

  test('says why it refuses', () => {
    const stop_details = { type: 'refusal', category: 'cyber', explanation: 'Not this.' };
    const answer = collectAnswer(read(start(), ...finish('refusal', {}, { stop_details })));
    expect(answer).toMatchObject({ refusal: 'Not this.', finish: 'REFUSAL' });
  });

  test('is cut at every event before message_stop', () => {
    const events = [start(), ...text(0, 'Hi'), ...finish('end_turn')];
    for (let count = 0; count < events.length; count += 1) {
      expect(kindOf(read(...events.slice(0, count)))).toBe('failure:cut');
    }
    expect(last(read(...events))).toEqual({ type: 'end' });
  });

  test.each([
    ['an event that is no JSON', [start(), '{"type":"ping"']],
    ['an event that is no object', ['[1]']],
    ['a delta without its block', [start(), delta(7, { type: 'text_delta', text: 'x' })]],
    ['a call without a name', [start(), block(0, { type: 'tool_use', id: 'toolu_1', input: {} })]],
    ['a second message inside the first', [start(), ...text(0, 'One'), start()]],
  ])('fails by the protocol on %s, and says nothing after', (_, events) => {
    const answered = read(...events, ...text(0, 'more'), ...finish('end_turn'));
    expect(last(answered)).toMatchObject({ type: 'failure', failure: { kind: 'protocol' } });
    expect(collectAnswer(answered).text).not.toContain('more');
  });

  test('takes a repeated message_start for one', () => {
    const answer = collectAnswer(read(start(), start(), ...text(0, 'Hi'), ...finish('end_turn')));
    expect(answer).toMatchObject({ text: 'Hi', finish: 'STOP' });
  });

  test('ends with the class of an error inside a 200', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(last(read(start(), error))).toEqual({
      type: 'failure',
      failure: {
        kind: 'overloaded',
        status: 529,
        providerCode: 'overloaded_error',
        detail: 'error in the answer overloaded_error',
      },
    });
  });
});

describe('usage', () => {
  test.each([
    ['negative', -1],
    ['fractional', 1.5],
    ['absurd', 1e308],
    ['a string', '7'],
    ['null', null],
  ])('drops counts that are %s', (_, count) => {
    const usage = { input_tokens: count, output_tokens: count, cache_read_input_tokens: count };
    expect(collectAnswer(read(start(usage), ...finish('end_turn', usage))).usage).toEqual({});
  });

  test('is cumulative: what the end leaves out stays as it was', () => {
    const begun = {
      input_tokens: 10,
      cache_read_input_tokens: 50,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 1,
    };
    const ended = { input_tokens: 12, output_tokens: 40, output_tokens_details: { thinking_tokens: 30 } };
    expect(collectAnswer(read(start(begun), ...finish('end_turn', ended))).usage).toEqual({
      inputTokens: 92,
      cachedInputTokens: 50,
      cacheWriteTokens: 30,
      cacheWriteLongTokens: 20,
      outputTokens: 40,
      reasoningTokens: 30,
    });
  });

  test('contains the pass of a compaction, which the sums leave out', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      iterations: [
        { type: 'compaction', input_tokens: 1_000, output_tokens: 100 },
        { type: 'message', input_tokens: 10, output_tokens: 5 },
      ],
    };
    const answer = collectAnswer(read(start(usage), ...finish('end_turn', usage)));
    expect(answer.usage).toEqual({ inputTokens: 1_010, outputTokens: 105 });
  });
});

describe('a unary answer', () => {
  const message = {
    type: 'message',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'sig' },
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Ulm' } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 3, output_tokens: 4 },
  };

  test('comes as the same events', () => {
    const events = anthropic.decodeAnswer(JSON.stringify(message));
    expect(collectAnswer(events)).toEqual({
      text: 'Hi',
      reasoning: 'Hm',
      refusal: '',
      toolCalls: [{ id: 'toolu_1', name: 'weather', arguments: '{"city":"Ulm"}' }],
      usage: { inputTokens: 3, outputTokens: 4 },
      finish: 'TOOL_CALLS',
    });
    expect(last(events)).toEqual({ type: 'end' });
  });

  test.each([
    ['HTML', '<html>', 'protocol'],
    ['nothing', '', 'protocol'],
    ['an object of another kind', '{"object":"chat.completion"}', 'protocol'],
    ['a message that never stopped', JSON.stringify({ ...message, stop_reason: null }), 'cut'],
    ['an error inside a 200', '{"type":"error","error":{"type":"api_error"}}', 'server'],
  ])('fails on %s', (_, body, kind) => {
    expect(anthropic.decodeAnswer(body)).toMatchObject([{ type: 'failure', failure: { kind } }]);
  });
});

describe('an answer that is not 2xx', () => {
  const body = (type: string, message = 'secret words') => JSON.stringify({ type: 'error', error: { type, message } });

  test.each([
    [400, body('invalid_request_error'), 'bad-request'],
    [400, body('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'), 'context-length'],
    [
      400,
      body('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2'),
      'context-length',
    ],
    [400, body('invalid_request_error', 'Your credit balance is too low to access the API'), 'credentials'],
    [400, body('invalid_request_error', 'Output blocked by content filtering policy'), 'content-filter'],
    [401, body('authentication_error'), 'credentials'],
    [402, body('billing_error'), 'credentials'],
    [403, body('permission_error'), 'credentials'],
    [404, body('not_found_error'), 'model-not-found'],
    [413, body('request_too_large'), 'bad-request'],
    [429, body('rate_limit_error'), 'rate-limited'],
    [504, body('timeout_error'), 'server'],
    [529, body('overloaded_error'), 'overloaded'],
    [502, '<html>Bad gateway</html>', 'server'],
    [413, '<html>Too large</html>', 'bad-request'],
    [529, '', 'overloaded'],
    [301, '', 'protocol'],
    [500, '{"error":{"type":"__proto__"}}', 'server'],
  ])('of %i and %s is %s, and tells no word of it', (status, text, kind) => {
    const failure = anthropic.decodeFailure({ status, headers: {} }, text);
    expect(failure).toMatchObject({ kind, status });
    expect(JSON.stringify(failure)).not.toMatch(/secret|credit|blocked by|210000/);
  });

  test('carries its Retry-After', () => {
    const head = { status: 429, headers: { 'retry-after': '7' } };
    expect(anthropic.decodeFailure(head, body('rate_limit_error')).retryAfterMs).toBe(7_000);
  });
});
