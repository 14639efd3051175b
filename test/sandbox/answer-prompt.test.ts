import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { countTokens } from '../../src/stream/count-tokens.ts';
import { ask, protocols, read } from './wire-client.ts';

const text = 'Grüße, 世界 👋!\n\n  Zwei  Absätze, ein "Zitat" und \\ dazu. ';
const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 9 },
    days: { type: 'integer', minimum: 3, maximum: 5 },
    unit: { enum: ['C', 'F'] },
    stops: { type: 'array', minItems: 2, items: { $ref: '#/$defs/stop' } },
  },
  required: ['city', 'days', 'unit', 'stops'],
  additionalProperties: false,
  $defs: { stop: { type: 'object', properties: { at: { type: 'number' } }, required: ['at'] } },
};
const tools = [
  { name: 'forecast', parameters: schema },
  { name: 'second', parameters: { type: 'object', properties: {} } },
];
const cases = protocols.flatMap(protocol => [false, true].map(stream => ({ protocol, stream })));
const satisfies = new Ajv().compile(schema);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

describe.for(cases)('$protocol, stream $stream', ({ protocol, stream }) => {
  const say = async (model: string, what = {}) =>
    read(protocol, await ask(sandbox, protocol, model, { stream, text, ...what }));

  test('echo gives back the prompt to the letter, with its true token counts', async () => {
    const reading = await say('sandbox/echo');
    const tokens = countTokens(text);
    expect(reading).toMatchObject({ text, isWhole: true, inputTokens: tokens, outputTokens: tokens });
  });

  test('a model answers under its name with the prefix and without it', async () => {
    const [long, short] = [await say('sandbox/chat'), await say('chat')];
    expect(long.text).toMatch(/^This answer comes from Tollgate's sandbox/);
    expect(short).toEqual(long);
  });

  test('the same prompt gets the same prose, whole or streamed, and another prompt another', async () => {
    const { text: whole } = read('openai', await ask(sandbox, 'openai', 'chat', { text }));
    expect((await say('chat')).text).toBe(whole);
    expect((await say('chat', { text: 'something else' })).text).not.toBe(whole);
  });

  test('tool calls the first tool with arguments that its schema accepts', async () => {
    const { calls, finish, text: said } = await say('tool', { tools });
    expect(calls.map(call => call.name)).toEqual(['forecast']);
    expect(satisfies(JSON.parse(calls[0]?.arguments ?? ''))).toBe(true);
    expect(said).toBe('');
    expect(finish).toBe({ openai: 'tool_calls', anthropic: 'tool_use', gemini: 'STOP' }[protocol]);
  });

  test('tools calls every tool in one answer', async () => {
    const { calls } = await say('tools', { tools });
    expect(calls.map(call => call.name)).toEqual(['forecast', 'second']);
    expect(calls[1]?.arguments).toBe('{}');
  });

  test('json and chat answer a document that the schema accepts', async () => {
    for (const model of ['json', 'chat']) expect(satisfies(JSON.parse((await say(model, { schema })).text))).toBe(true);
    expect(() => JSON.parse('This answer')).toThrow();
  });

  test('reason reasons apart from its text, signs it, and counts both', async () => {
    const { reasoning, signature, text: said, outputTokens } = await say('reason');
    expect(reasoning).toMatch(/^The prompt asks/);
    expect(signature).toMatch(/^[A-Za-z0-9+/=]{20,}$/);
    expect(said).not.toContain('The prompt asks');
    expect(outputTokens).toBe(countTokens(reasoning) + countTokens(said));
  });

  test('refuse says so in the words of the protocol', async () => {
    const { refusal, text: said, finish } = await say('refuse');
    expect(refusal).toBe("I can't help with that.");
    expect(said).toBe('');
    expect(finish).toBe({ openai: 'stop', anthropic: 'refusal', gemini: 'PROHIBITED_CONTENT' }[protocol]);
  });

  test('an answer stays within the token limit, and says that it met it', async () => {
    const { text: said, finish, outputTokens = 0 } = await say('long', { maxTokens: 21 });
    expect(countTokens(said)).toBe(outputTokens);
    expect(outputTokens).toBeLessThanOrEqual(21);
    expect(outputTokens).toBeGreaterThan(15);
    expect(finish).toBe({ openai: 'length', anthropic: 'max_tokens', gemini: 'MAX_TOKENS' }[protocol]);
  });

  test('a stop sequence ends the text before it', async () => {
    const { text: said, finish } = await say('echo', { text: 'one two three', stop: ' three' });
    expect(said).toBe('one two');
    expect(finish).toBe({ openai: 'stop', anthropic: 'stop_sequence', gemini: 'STOP' }[protocol]);
  });

  test('long answers about two thousand tokens', async () => {
    const { outputTokens } = await say('long');
    expect(outputTokens).toBeGreaterThan(1500);
    expect(outputTokens).toBeLessThan(2500);
  });
});

const image = 'aGVsbG8=';
const pictured = {
  openai: {
    model: 'echo',
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'data:,x' } },
        ],
      },
    ],
  },
  anthropic: {
    model: 'echo',
    max_tokens: 50,
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
        ],
      },
    ],
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [{ parts: [{ text: 'See' }, { inlineData: { mimeType: 'image/png', data: image } }] }],
  },
};

const answered = {
  openai: {
    model: 'tool',
    messages: [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ],
    tools: [{ type: 'function', function: { name: 'f' } }],
  },
  anthropic: {
    model: 'tool',
    max_tokens: 50,
    messages: [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'sunny' }] },
    ],
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
  },
  gemini: {
    contents: [
      { role: 'user', parts: [{ text: 'Weather?' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'sunny' } } }] },
    ],
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
  },
};

describe.for(protocols)('%s', protocol => {
  test('a picture in the prompt is taken and named', async () => {
    const body = JSON.stringify(pictured[protocol]);
    expect(read(protocol, await ask(sandbox, protocol, 'echo', { body })).text).toBe('See\n[image]');
  });

  test('a tool result is answered with text', async () => {
    const reading = read(protocol, await ask(sandbox, protocol, 'tool', { body: JSON.stringify(answered[protocol]) }));
    expect(reading).toMatchObject({ text: 'The tool answered: sunny', calls: [] });
  });
});

const givenBack = {
  openai: (signature: string) => ({
    model: 'reason',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b', reasoning_details: [{ type: 'reasoning.text', text: 't', signature }] },
      { role: 'user', content: 'c' },
    ],
  }),
  anthropic: (signature: string) => ({
    model: 'reason',
    max_tokens: 500,
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 't', signature }] },
      { role: 'user', content: 'c' },
    ],
  }),
  gemini: (thoughtSignature: string) => ({
    contents: [
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts: [{ text: 'b', thoughtSignature }] },
      { role: 'user', parts: [{ text: 'c' }] },
    ],
  }),
};

test.for(protocols)('%s: reasoning is taken back as it was signed, and refused when it was altered', async protocol => {
  const { signature } = read(protocol, await ask(sandbox, protocol, 'reason'));
  const give = (value: string) =>
    ask(sandbox, protocol, 'reason', { body: JSON.stringify(givenBack[protocol](value)) });
  expect((await give(signature)).status).toBe(200);
  expect((await give(`${signature.slice(0, -6)}AAAA==`)).status).toBe(400);
});
