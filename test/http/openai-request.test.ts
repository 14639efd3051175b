import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorCodes, GatewayError } from '../../src/errors.ts';
import { httpStatusOf } from '../../src/http/http-status.ts';
import { chatRequestBody } from '../../src/http/openai-api/chat-request-body.ts';
import { toOpenAiError } from '../../src/http/openai-api/errors.ts';
import { readChatRequest } from '../../src/http/openai-api/read-chat-request.ts';
import { readReasoningDetails, writeReasoningDetails } from '../../src/http/openai-api/reasoning-details.ts';
import { decodeContinuation, encodeContinuation } from '../../src/providers/continuation.ts';

const messages = [{ role: 'user', content: 'x' }];
const read = (members: Readonly<Record<string, unknown>>) =>
  readChatRequest({ model: 'm', messages, ...members }).request;

function faultOf(members: Readonly<Record<string, unknown>>): GatewayError {
  try {
    read(members);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('was accepted');
}

test('docs/openai-api.md tells of every member that is accepted', async () => {
  const document = await readFile(new URL('../../docs/openai-api.md', import.meta.url), 'utf8');
  for (const member of Object.keys(chatRequestBody.shape))
    expect(document).toMatch(new RegExp(`^\\|[^|]*\`${member}\``, 'm'));
  const { provider } = chatRequestBody.shape;
  for (const member of Object.keys(provider.unwrap().unwrap().shape))
    expect(document).toMatch(new RegExp(`^\\|[^|]*\`${member}\``, 'm'));
});

describe('says of what it accepts and does not honour that it has no effect:', () => {
  const part = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
  const image = { type: 'image_url', image_url: { url: 'https://a.example/x.png' } };
  const tool = { type: 'function', function: { name: 'f' } };
  const schema = { name: 's', schema: { type: 'object' } };
  const given = (content: unknown, more = {}) => ({ messages: [{ role: 'user', content, ...more }] });
  const cases: Readonly<
    Record<string, readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>
  > = {
    'messages[].name': [given('x', { name: 'ada' }), given('x')],
    'image_url.detail': [given([{ ...image, image_url: { ...image.image_url, detail: 'high' } }]), given([image])],
    'cache_control.ttl': [given([{ ...part, cache_control: { type: 'ephemeral', ttl: '1h' } }]), given([part])],
    'tools[].cache_control': [{ tools: [{ ...tool, cache_control: { type: 'ephemeral' } }] }, { tools: [tool] }],
    'response_format.json_schema.description': [
      { response_format: { type: 'json_schema', json_schema: { ...schema, description: 'd' } } },
      { response_format: { type: 'json_schema', json_schema: schema } },
    ],
  };
  for (const [member, [withIt, without]] of Object.entries(cases)) {
    test(member, async () => {
      const document = await readFile(new URL('../../docs/openai-api.md', import.meta.url), 'utf8');
      const noEffect = /accepted and have no effect([\s\S]*?)\n###/.exec(document)?.[1];
      expect(noEffect).toContain(`\`${member}\``);
      expect(read(withIt)).toEqual(read(without));
    });
  }
});

describe('refuses, and names the place:', () => {
  const cases: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, string]>> = {
    'an unknown member': [{ nonsense: 1 }, 'nonsense'],
    'an unknown member of provider': [{ provider: { nonsense: 1 } }, 'provider.nonsense'],
    'no messages': [{ messages: [] }, 'messages'],
    'an unknown role': [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages.0.role'],
    'a malformed part': [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content'],
    'an unknown member of a message': [{ messages: [{ role: 'user', content: 'x', parts: [] }] }, 'messages.0.parts'],
    'an image that is neither URL nor data': [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] },
      'messages.0.content.0.image_url.url',
    ],
    'several choices': [{ n: 2 }, 'n'],
    'log probabilities': [{ logprobs: true }, 'logprobs'],
    'audio answers': [{ modalities: ['text', 'audio'] }, 'modalities'],
    'two limits that differ': [{ max_tokens: 5, max_completion_tokens: 6 }, 'max_tokens'],
    'a tier of service': [{ service_tier: 'priority' }, 'service_tier'],
    storing: [{ store: true }, 'store'],
    'a price per image': [{ provider: { max_price: { image: 1 } } }, 'provider.max_price.image'],
    'a global sort over several models': [
      { models: ['n'], provider: { sort: { by: 'price', partition: 'none' } } },
      'provider.sort.partition',
    ],
    'too many labels': [
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
      'metadata',
    ],
    'an assistant that says nothing': [{ messages: [{ role: 'assistant' }] }, 'messages.0'],
    'a prototype': [JSON.parse('{"__proto__":{"model":"x"}}'), '__proto__'],
  };
  for (const [title, [members, path]] of Object.entries(cases)) {
    test(title, () => {
      const fault = faultOf(JSON.parse(JSON.stringify(members)));
      expect([fault.code, fault.path]).toEqual(['BAD_USER_INPUT', path]);
    });
  }

  test('a workload that is no name', () => {
    expect(() => readChatRequest({ model: 'm', messages }, { workload: 'a b' })).toThrow(/x-tollgate-workload/);
  });
});

test('no message of a refusal quotes what the caller wrote', () => {
  const word = 'planted word';
  const planted = fc.anything({ values: [fc.constant(word)], withNullPrototype: false, maxDepth: 3 });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(chatRequestBody.shape), word), planted), body => {
      try {
        readChatRequest(body);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
        expect((error as GatewayError).message).not.toContain(word);
      }
    }),
    { numRuns: 500 },
  );
});

test("reads OpenRouter's preferences by their exact meaning", () => {
  const { routing, fallbackModels } = read({
    models: ['m', 'n', 'o'],
    provider: {
      order: ['a'],
      only: ['b'],
      ignore: ['c'],
      allow_fallbacks: false,
      require_parameters: true,
      data_collection: 'deny',
      quantizations: ['fp8'],
      sort: 'throughput',
      max_price: { prompt: 0.1, completion: '2', request: 0 },
      preferred_max_latency: { p50: 1.5, p99: 9 },
      preferred_min_throughput: { p75: 30, p90: 50 },
    },
  });
  expect(fallbackModels).toEqual(['n', 'o']);
  expect(routing).toEqual({
    optimize: 'THROUGHPUT',
    order: ['a'],
    only: ['b'],
    ignore: ['c'],
    allowFallbacks: false,
    requireParameters: true,
    zeroDataRetention: true,
    denyTraining: true,
    quantizations: ['fp8'],
    maxPrice: { input: 100_000_000n, output: 2_000_000_000n, request: 0n },
    preferredMaxLatencyMs: 1_500,
    preferredMinThroughput: 50,
  });
  expect(read({ provider: { zdr: true } }).routing).toMatchObject({ zeroDataRetention: true, denyTraining: false });
});

test('reads messages of every role and part into the neutral form', () => {
  const { prompt } = read({
    messages: [
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look', cache_control: { type: 'ephemeral' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'done' },
    ],
  });
  expect(prompt.messages).toEqual([
    { role: 'SYSTEM', parts: [{ type: 'text', text: 'be brief', cacheUpToHere: false }], toolCalls: [] },
    {
      role: 'USER',
      parts: [
        { type: 'text', text: 'look', cacheUpToHere: true },
        { type: 'image', media: { data: 'AAAA', mediaType: 'image/png' }, cacheUpToHere: false },
        { type: 'audio', media: { data: 'AAAA', mediaType: 'audio/mpeg' }, cacheUpToHere: false },
        { type: 'file', media: { data: 'AAAA', mediaType: 'application/pdf', name: 'a.pdf' }, cacheUpToHere: false },
      ],
      toolCalls: [],
    },
    { role: 'ASSISTANT', parts: [], toolCalls: [{ id: 'c1', name: 'f', arguments: '{}' }] },
    { role: 'TOOL', parts: [{ type: 'text', text: 'done', cacheUpToHere: false }], toolCalls: [], toolCallId: 'c1' },
  ]);
});

describe('reasoning_details', () => {
  test('of a provider stay as they were, and come back to it with what else it needs', () => {
    const details = [{ type: 'reasoning.text', text: 'hm', signature: 's', index: 0 }];
    const continuation = encodeContinuation({
      protocol: 'openai',
      providerId: 'router',
      data: { reasoning_content: 'hm', reasoning_details: details },
    });
    const written = writeReasoningDetails(continuation);
    expect(written?.slice(0, 1)).toEqual(details);
    expect(decodeContinuation(readReasoningDetails(written) ?? '')).toEqual(decodeContinuation(continuation));
  });

  test('that nobody marked are handed on as they are', () => {
    const details = [{ type: 'reasoning.text', text: 'hm' }];
    expect(decodeContinuation(readReasoningDetails(details) ?? '')).toEqual({
      protocol: 'openai',
      data: { reasoning_details: details },
    });
  });

  test('that were tampered with are left out', () => {
    expect(readReasoningDetails([{ format: 'tollgate-v1', data: '%%%' }])).toBeUndefined();
    expect(readReasoningDetails([])).toBeUndefined();
  });
});

test("every code has a status, and a shape that OpenAI's clients read", () => {
  for (const code of errorCodes satisfies readonly ErrorCode[]) {
    const error = toOpenAiError(new GatewayError(code, 'why'));
    expect(httpStatusOf(code)).toBeGreaterThanOrEqual(400);
    expect(error).toMatchObject({ message: 'why', param: null, metadata: { code } });
    expect(error.type).not.toBe('');
  }
});
