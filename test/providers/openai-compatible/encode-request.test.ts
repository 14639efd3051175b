import { describe, expect, test } from 'vitest';
import type { PromptMessage } from '../../../src/model/completion-request.ts';
import { encodeContinuation } from '../../../src/providers/continuation.ts';
import { openaiCompatible } from '../../../src/providers/openai-compatible/openai-compatible.ts';
import { clearedRequest, type RequestOverrides } from '../../support/cleared-request.ts';

const hosts = {
  openai: 'https://api.openai.com/v1',
  azure: 'https://acme.openai.azure.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  deepseek: 'https://api.deepseek.com',
  moonshot: 'https://api.moonshot.ai/v1',
  groq: 'https://api.groq.com/openai/v1',
  own: 'http://127.0.0.1:8000/v1',
} as const;

function encode(host: keyof typeof hosts, overrides: RequestOverrides = {}): Readonly<Record<string, unknown>> {
  const wire = openaiCompatible.bindTo?.({ providerId: 'acme', baseUrl: hosts[host] }) ?? openaiCompatible;
  const { path, body } = wire.encode(clearedRequest(overrides));
  expect(path).toBe('/chat/completions');
  return JSON.parse(body);
}

const message = (members: Partial<PromptMessage>): PromptMessage => ({
  role: 'USER',
  parts: [],
  toolCalls: [],
  ...members,
});
const text = (value: string, cacheUpToHere = false) => ({ type: 'text', text: value, cacheUpToHere }) as const;

describe('a request', () => {
  test('is as small as it can be', () => {
    expect(encode('own')).toEqual({
      model: 'one',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 64,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(encode('own', { stream: false })).not.toHaveProperty('stream_options');
  });

  test.each([
    ['own', 'gpt-5.2', 'x/y', 'max_completion_tokens'],
    ['own', 'deployment-7', 'openai/o3', 'max_completion_tokens'],
    ['own', 'gpt-oss-120b', 'openai/gpt-oss-120b', 'max_tokens'],
    ['own', 'gpt-4o', 'openai/gpt-4o', 'max_tokens'],
    ['own', 'olmo-2', 'ai2/olmo-2', 'max_tokens'],
    ['openai', 'gpt-4o', 'openai/gpt-4o', 'max_completion_tokens'],
    ['azure', 'deployment-7', 'acme/deployment-7', 'max_completion_tokens'],
    ['mistral', 'mistral-small', 'mistral/small', 'max_tokens'],
    ['openrouter', 'openai/o3', 'openai/o3', 'max_tokens'],
  ] as const)('to %s for %s (%s) limits the output by the name it takes', (host, wireModel, modelId, name) => {
    const body = encode(host, { wireModel, modelId });
    expect(body[name]).toBe(64);
    expect(['max_tokens', 'max_completion_tokens'].filter(limit => limit in body)).toEqual([name]);
  });

  test('forbids storage where nothing may be stored, and only there', () => {
    expect(encode('openai')).toHaveProperty('store', false);
    expect(encode('azure')).toHaveProperty('store', false);
    expect(encode('openrouter')).toHaveProperty('provider', { data_collection: 'deny', zdr: true });
    expect(encode('own')).not.toHaveProperty('store');
    expect(encode('openai', { mayStore: true })).not.toHaveProperty('store');
    const parts = [text('Hi', true)];
    const cached = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }];
    const prompt = { messages: [message({ parts })] };
    expect(encode('openrouter', { mayStore: true, prompt }).messages).toEqual([{ role: 'user', content: cached }]);
    expect(encode('openrouter', { prompt }).messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  test('sends a strict vendor no field that it refuses', () => {
    const prompt = { endUser: 'u', seed: 7, topK: 3, messages: [message({ role: 'ASSISTANT', parts: [text('So')] })] };
    expect(encode('mistral', { prompt })).toEqual({
      model: 'one',
      messages: [{ role: 'assistant', content: 'So', prefix: true }],
      max_tokens: 64,
      random_seed: 7,
      stream: true,
    });
  });

  test('takes options from the allow list alone, and lets none replace what the gateway sets', () => {
    const options = { logit_bias: { 1: 2 }, n: 5, store: true, provider: {}, model: 'dear', service_tier: 'priority' };
    const body = encode('openai', { prompt: { providerOptions: { openai: options, anthropic: { min_p: 1 } } } });
    expect(body).toMatchObject({ logit_bias: { 1: 2 }, model: 'one', store: false });
    for (const name of ['n', 'provider', 'service_tier', 'min_p']) expect(body).not.toHaveProperty(name);
  });

  test('carries media, tools, calls and their results', () => {
    const messages = [
      message({ role: 'SYSTEM', parts: [text('Be brief.')] }),
      message({
        parts: [
          text('Look'),
          { type: 'image', media: { data: 'QUJD', mediaType: 'image/png' }, cacheUpToHere: false },
          { type: 'audio', media: { data: 'QUJD', mediaType: 'audio/mpeg' }, cacheUpToHere: false },
          { type: 'file', media: { data: 'QUJD', mediaType: 'application/pdf', name: 'a.pdf' }, cacheUpToHere: false },
        ],
      }),
      message({ role: 'ASSISTANT', toolCalls: [{ id: 'c', name: 'f', arguments: '{"a":1}' }] }),
      message({ role: 'TOOL', toolCallId: 'c', parts: [text('2')] }),
    ];
    const tools = [{ name: 'f', parameters: { type: 'object' }, strict: true }];
    const toolChoice = { mode: 'TOOL', name: 'f' } as const;
    const responseFormat = { type: 'JSON_SCHEMA', name: 's', schema: { type: 'object' }, strict: true } as const;
    expect(
      encode('own', { prompt: { messages, tools, toolChoice, parallelToolCalls: false, responseFormat } }),
    ).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } },
            { type: 'input_audio', input_audio: { data: 'QUJD', format: 'mp3' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: '2' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' }, strict: true } },
    });
  });

  test('asks for reasoning as the vendor has it', () => {
    const prompt = { reasoning: { effort: 'HIGH', maxTokens: 900, exclude: true } } as const;
    expect(encode('openai', { prompt })).toHaveProperty('reasoning_effort', 'high');
    expect(encode('openrouter', { prompt })).toHaveProperty('reasoning', { max_tokens: 900, exclude: true });
    expect(encode('deepseek', { prompt })).toHaveProperty('thinking', { type: 'enabled' });
  });

  test('gives a continuation back unchanged to its own provider, and to no other', () => {
    const data = { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', index: 0 }], role: 'system' };
    const last = (
      providerId: string,
      value = encodeContinuation({ protocol: 'openai', providerId, data }),
    ): unknown => {
      const messages = [message({ role: 'ASSISTANT', parts: [text('So')], continuation: value })];
      const sent = encode('own', { prompt: { messages } }).messages;
      return Array.isArray(sent) ? sent.at(-1) : undefined;
    };
    const plain = { role: 'assistant', content: 'So' };
    expect(last('acme')).toEqual({ ...plain, reasoning_details: data.reasoning_details });
    expect(last('other')).toEqual(plain);
    for (const garbage of ['', '%%%', 'bnVsbA', encodeContinuation({ protocol: 'anthropic', data })]) {
      expect(last('acme', garbage)).toEqual(plain);
    }
  });

  test('carries the key in the header that the vendor reads', () => {
    const headers = (baseUrl: string) => openaiCompatible.bindTo?.({ providerId: 'a', baseUrl }).credentialHeaders('k');
    expect(headers(hosts.openai)).toEqual({ authorization: 'Bearer k' });
    expect(headers(hosts.azure)).toEqual({ 'api-key': 'k' });
    expect(headers('https://api.openai.com.evil.example/v1')).toEqual({ authorization: 'Bearer k' });
  });
});

describe('the beginning of an answer to go on with', () => {
  const asked = { role: 'user', content: 'Hello' };
  const begun = { role: 'assistant', content: 'So' };
  const messages = [message({ parts: [text('Hello')] }), message({ role: 'ASSISTANT', parts: [text('So')] })];
  const goOn = { continuesAnswer: true, prompt: { messages } };

  test.each([
    ['openai', {}],
    ['openrouter', {}],
    ['groq', {}],
    ['mistral', { prefix: true }],
    ['deepseek', { prefix: true }],
    ['moonshot', { partial: true }],
    ['own', {}],
  ] as const)('is marked as %s wants it', (host, mark) => {
    expect(encode(host, goOn).messages).toEqual([asked, { ...begun, ...mark }]);
  });

  test('has a server of one’s own use its template so, and no other one', () => {
    const template = { continue_final_message: true, add_generation_prompt: false };
    expect(encode('own', goOn)).toMatchObject(template);
    for (const host of ['openai', 'groq', 'mistral', 'moonshot'] as const) {
      expect(Object.keys(encode(host, goOn))).not.toContain('continue_final_message');
    }
  });

  test('is not what the caller’s own last message is taken for', () => {
    const body = encode('own', { prompt: { messages } });
    expect(body.messages).toEqual([asked, begun]);
    expect(Object.keys(body)).not.toContain('continue_final_message');
    expect(encode('deepseek', { prompt: { messages } }).messages).toEqual([asked, begun]);
  });
});
