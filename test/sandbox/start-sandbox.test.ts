import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDollars } from '../../src/model/money.ts';
import { sandboxModels } from '../../src/sandbox/models.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ask, pathOf, protocols, read } from './wire-client.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const malformed: Readonly<Record<string, readonly string[]>> = {
  any: ['', '{', 'null', '[]', '"text"', '{}', deep, '\u0000'],
  openai: [
    '{"messages":[{"role":"user","content":"a"}]}',
    '{"model":"echo"}',
    '{"model":"echo","messages":[]}',
    '{"model":"echo","messages":"a"}',
    '{"model":"echo","messages":[{"role":"wizard","content":"a"}]}',
    '{"model":"echo","messages":[{"role":"user","content":7}]}',
    '{"model":"echo","messages":[{"role":"user","content":[{"type":"smell"}]}]}',
    '{"model":"echo","max_tokens":-1,"messages":[{"role":"user","content":"a"}]}',
    '{"model":"echo","tools":[{}],"messages":[{"role":"user","content":"a"}]}',
  ],
  anthropic: [
    '{"model":"echo","messages":[{"role":"user","content":"a"}]}',
    '{"model":"echo","max_tokens":5,"messages":[{"role":"system","content":"a"}]}',
    '{"model":"echo","max_tokens":5,"messages":[{"role":"user"}]}',
    '{"model":"echo","max_tokens":0,"messages":[{"role":"user","content":"a"}]}',
  ],
  gemini: [
    '{"contents":[]}',
    '{"contents":[{"parts":[]}]}',
    '{"contents":[{"role":"wizard","parts":[{"text":"a"}]}]}',
    '{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":"many"}}',
  ],
};

describe.for(protocols)('%s', protocol => {
  const bodies = [...(malformed.any ?? []), ...(malformed[protocol] ?? [])];

  test('a malformed body is the 400 of its protocol, and the next request is answered', async () => {
    for (const body of bodies) {
      const reply = await ask(sandbox, protocol, 'echo', { body });
      expect({ body: body.slice(0, 80), status: reply.status }).toEqual({ body: body.slice(0, 80), status: 400 });
      expect(read(protocol, reply).isError).toBe(true);
    }
    expect((await ask(sandbox, protocol, 'echo')).status).toBe(200);
  });

  test('no error gives back what the client sent', async () => {
    const secret = 'xylophone-4711';
    for (const { id } of sandboxModels.filter(model => model.behaviour.failure !== undefined)) {
      const reply = await ask(sandbox, protocol, id, { text: secret });
      if (reply.status !== 200) expect(reply.raw).not.toContain(secret);
    }
    expect((await ask(sandbox, protocol, 'echo', { text: secret })).raw).toContain(secret);
  });

  test('a body beyond 32 MiB is refused with 413', async () => {
    const reply = await ask(sandbox, protocol, 'echo', { body: ' '.repeat(33 * 1024 * 1024) });
    expect(reply.status).toBe(413);
  });

  test('GET is refused, with 405', async () => {
    expect((await fetch(sandbox.url + pathOf(protocol, 'echo', false))).status).toBe(405);
  });
});

test('a prompt beyond the context is refused as too long by every model', async () => {
  const text = 'many words of a very long prompt '.repeat(40_000);
  const reply = await ask(sandbox, 'openai', 'chat', { text });
  expect(reply.status).toBe(400);
  expect(reply.raw).toContain('context_length_exceeded');
});

test('a schema that no stack holds ends its own request, not the process', async () => {
  const nested = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  const schemas = [
    `{"const":${nested}}`,
    '{"type":"string","format":"constructor"}',
    '{"enum":[],"$ref":"#/__proto__/a"}',
  ];
  for (const schema of schemas) {
    const format = `{"type":"json_schema","json_schema":{"schema":${schema}}}`;
    const body = `{"model":"json","messages":[{"role":"user","content":"a"}],"response_format":${format}}`;
    expect([200, 400, 500]).toContain((await ask(sandbox, 'openai', 'json', { body })).status);
  }
  expect((await ask(sandbox, 'openai', 'echo')).status).toBe(200);
});

test('calls keep facts, the latest thousand, and nothing that was said', async () => {
  const own = await startSandbox();
  await ask(own, 'anthropic', 'echo', { text: 'xylophone', maxTokens: 9 });
  expect(own.calls).toMatchObject([
    {
      protocol: 'anthropic',
      model: 'echo',
      stream: false,
      status: 200,
      inputTokens: 3,
      billedOutputTokens: 3,
      state: 'finished',
    },
  ]);
  expect(JSON.stringify(own.calls)).not.toContain('xylophone');
  await own.close();
});

test('close ends calls that are under way', async () => {
  const own = await startSandbox();
  const silent = ask(own, 'openai', 'stall', { stream: true }, raw => raw.length > 1e9);
  await expect.poll(() => own.calls[0]?.status).toBe(200);
  await own.close();
  expect((await silent).ending).toBe('broken');
});

test('options that make no sense are named', async () => {
  // @ts-expect-error Only loopback is allowed.
  await expect(startSandbox({ host: '0.0.0.0' })).rejects.toThrow(/^host: /);
  await expect(startSandbox({ tokensPerSecond: 0 })).rejects.toThrow(/^tokensPerSecond: /);
  await expect(startSandbox({ firstTokenMs: Number.NaN })).rejects.toThrow(/^firstTokenMs: /);
});

test('the openai package talks to it: models, text, stream, tools, typed errors', async () => {
  const client = new OpenAI({ baseURL: `${sandbox.url}/v1`, apiKey: 'any', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'Hello, 世界' }];
  expect((await client.models.list()).data.map(model => model.id)).toEqual(sandboxModels.map(model => model.as));
  const whole = await client.chat.completions.create({ model: 'sandbox/echo', messages });
  expect(whole.choices[0]?.message.content).toBe('Hello, 世界');
  let streamed = '';
  const stream = await client.chat.completions.create({ model: 'sandbox/split', messages, stream: true });
  for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? '';
  expect(streamed).toBe('Hello, 世界');
  const parameters = { type: 'object', properties: { place: { type: 'string' } } };
  const called = await client.chat.completions
    .stream({ model: 'sandbox/tool', messages, tools: [{ type: 'function', function: { name: 'find', parameters } }] })
    .finalChatCompletion();
  expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { name: 'find', arguments: '{"place":"sample"}' },
  });
  const limited = client.chat.completions.create({ model: 'sandbox/429-after', messages });
  await expect(limited).rejects.toBeInstanceOf(OpenAI.RateLimitError);
});

test('docs/sandbox.md lists every model as it is', () => {
  const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  for (const { as, does, price, capabilities } of sandboxModels) {
    const dollars = `${formatDollars(price.input ?? 0n)} / ${formatDollars(price.output ?? 0n)}`;
    expect(page).toContain(`| \`${as}\` | ${does} | ${dollars} | ${capabilities.join(', ')} |\n`);
  }
  expect(page.split('\n').filter(line => line.startsWith('| `sandbox/'))).toHaveLength(sandboxModels.length);
});
