import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Protocol } from '../../src/model/catalog.ts';
import { sandboxModels } from '../../src/sandbox/models.ts';
import type { SandboxCall } from '../../src/sandbox/record-calls.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ask, pathOf, protocols, type Reading, type Reply, read } from './wire-client.ts';

type Expected = Partial<Reading> & { readonly status?: number; readonly ending?: Reply['ending'] };

const whole: Expected = { status: 200, ending: 'clean', isWhole: true, isError: false, isMalformed: false };
const broken = { ending: 'broken' } as const;

/** What every model that does not simply answer does: streamed and unary, the same over all protocols unless it is said. */
const behaviours: Readonly<
  Record<string, { stream: Expected; unary: Expected; but?: Partial<Record<Protocol, Expected>> }>
> = {
  cut: {
    stream: { ending: 'clean', isWhole: false, isMalformed: false, finish: undefined },
    unary: { isMalformed: true },
  },
  reset: { stream: { ...broken, isWhole: false }, unary: { ...broken, isWhole: false } },
  malformed: { stream: { isMalformed: true }, unary: { isMalformed: true } },
  'no-done': { stream: { isWhole: false, isMalformed: false }, unary: whole, but: { gemini: whole } },
  split: { stream: { ...whole, text: 'Grüße, 世界 👋!' }, unary: { ...whole, text: 'Grüße, 世界 👋!' } },
  'error-in-stream': {
    stream: { status: 200, isError: true, text: '', isWhole: false },
    unary: { status: 200, isError: true, isWhole: false },
  },
  'error-late': { stream: { status: 200, isError: true, isWhole: false, finish: undefined }, unary: { isError: true } },
  'no-usage': {
    stream: { ...whole, inputTokens: undefined, outputTokens: undefined },
    unary: { ...whole, inputTokens: undefined, outputTokens: undefined },
  },
  'content-filter': {
    stream: { ...whole, finish: 'content_filter' },
    unary: { ...whole, finish: 'content_filter' },
    but: { anthropic: { status: 400, isError: true }, gemini: { ...whole, finish: 'SAFETY' } },
  },
  'prompt-filter': {
    stream: { status: 400, isError: true },
    unary: { status: 400, isError: true },
    but: { gemini: { ...whole, text: '', finish: 'SAFETY' } },
  },
  'context-length': { stream: { status: 400, isError: true }, unary: { status: 400, isError: true } },
  '502-html': { stream: { status: 502, isMalformed: true }, unary: { status: 502, isMalformed: true } },
  '429-after': { stream: { status: 429, isError: true }, unary: { status: 429, isError: true } },
};
for (const status of [400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 529]) {
  Object.assign(behaviours, { [status]: { stream: { status, isError: true }, unary: { status, isError: true } } });
}

const elsewhere = ['chat', 'lorem', 'echo', 'long', 'tool', 'tools', 'json', 'reason', 'refuse'];
const timed = ['slow', 'slow-headers', 'bill-abort', 'silent', 'stall', 'flaky', 'once-500'];

const ended: SandboxCall[] = [];
let onEnd: (call: SandboxCall) => void = () => {};
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    onCallEnd(call) {
      ended.push(call);
      onEnd(call);
    },
  });
});
afterAll(() => sandbox.close());
afterEach(() => {
  ended.length = 0;
});

function nextEnd(): Promise<SandboxCall> {
  return new Promise(resolve => {
    onEnd = resolve;
  });
}

test('every model has its behaviour in a test', () => {
  const tested = [...Object.keys(behaviours), ...elsewhere, ...timed];
  expect(tested.sort()).toEqual(sandboxModels.map(model => model.id).sort());
});

const cases = Object.entries(behaviours).flatMap(([model, { stream, unary, but }]) =>
  protocols.flatMap(protocol => [
    { model, protocol, stream: true, expected: but?.[protocol] ?? stream },
    {
      model,
      protocol,
      stream: false,
      expected: protocol === 'gemini' && model === 'no-done' ? unary : (but?.[protocol] ?? unary),
    },
  ]),
);

test.for(cases)(
  '$model does over $protocol what it is for (stream $stream)',
  async ({ model, protocol, stream, expected }) => {
    const reply = await ask(sandbox, protocol, `sandbox/${model}`, { stream });
    const reading = read(protocol, reply);
    expect({ ...reading, status: reply.status, ending: reply.ending }).toMatchObject(expected);
    if (['cut', 'reset', 'error-late'].includes(model) && stream) expect(reading.text.length).toBeGreaterThan(100);
    expect(sandbox.calls.at(-1)).toMatchObject({ protocol, model: `sandbox/${model}`, stream, status: reply.status });
  },
);

describe.for(protocols)('%s', protocol => {
  test('a rate limit says for how long only where the model does', async () => {
    const [plain, timedLimit] = [await ask(sandbox, protocol, '429'), await ask(sandbox, protocol, '429-after')];
    expect(plain.headers['retry-after']).toBeUndefined();
    expect(timedLimit.headers['retry-after']).toBe('7');
    if (protocol === 'gemini') expect(timedLimit.raw).toContain('"retryDelay":"7s"');
  });

  test('an unknown model is the same 404 as the model that plays it', async () => {
    const [unknown, played] = [await ask(sandbox, protocol, 'gpt-9'), await ask(sandbox, protocol, '404')];
    expect(unknown.status).toBe(404);
    expect(unknown.raw.replace(/req_sandbox-\d+/, '')).toBe(played.raw.replace(/req_sandbox-\d+/, ''));
  });

  test('split cuts events inside characters', async () => {
    const cut = await ask(sandbox, protocol, 'split', { stream: true, text: '世界 '.repeat(40) });
    expect(read(protocol, cut).text).toBe('世界 '.repeat(40));
    expect(cut.reads).toBeGreaterThan(40);
  });

  test('stall keeps the connection open until the client goes', async () => {
    for (const stream of [true, false]) {
      const left = nextEnd();
      const reply = await ask(sandbox, protocol, 'stall', { stream }, raw => raw.length > 200);
      expect(reply.ending).toBe('left');
      expect(await left).toMatchObject({ state: 'hung-up', status: 200 });
    }
  });

  test('a client that hangs up ends the answer at once, and is billed for what was sent', async () => {
    const left = nextEnd();
    await ask(sandbox, protocol, 'slow', { stream: true }, raw => raw.includes('text') || raw.includes('"content":"T'));
    const call = await left;
    expect(call.state).toBe('hung-up');
    expect(call.billedOutputTokens).toBe(call.sentPieces);
    expect(call.sentPieces).toBeLessThan(5);
  });

  test('bill-abort bills the whole answer although the client hung up', async () => {
    const left = nextEnd();
    await ask(sandbox, protocol, 'bill-abort', { stream: true }, raw => raw.length > 0);
    const call = await left;
    expect(call.state).toBe('hung-up');
    expect(call.billedOutputTokens).toBeGreaterThan(call.sentPieces + 20);
  });

  test('silent takes the request and sends nothing', async () => {
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', chunk => received.push(chunk));
    const body = { openai: { model: 'silent', messages: [{ role: 'user', content: 'a' }] } };
    const anthropic = { ...body.openai, max_tokens: 5 };
    const json = JSON.stringify(
      { openai: body.openai, anthropic, gemini: { contents: [{ parts: [{ text: 'a' }] }] } }[protocol],
    );
    const path = pathOf(protocol, 'silent', false);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${json.length}\r\n\r\n${json}`);
    const before = sandbox.calls.length;
    await expect.poll(() => sandbox.calls.length).toBe(before + 1);
    expect(sandbox.calls.at(-1)).toMatchObject({ state: 'running' });
    const left = nextEnd();
    socket.destroy();
    expect((await left).state).toBe('hung-up');
    expect(received).toEqual([]);
  });
});

test('flaky fails every second call, once-500 only the first with a prompt', async () => {
  const statuses = async (model: string, texts: readonly string[]) => {
    const seen: number[] = [];
    for (const text of texts) seen.push((await ask(sandbox, 'openai', model, { text })).status);
    return seen;
  };
  expect(await statuses('flaky', ['a', 'a', 'b', 'b'])).toEqual([200, 500, 200, 500]);
  expect(await statuses('once-500', ['a', 'a', 'a', 'b', 'b'])).toEqual([500, 200, 200, 500, 200]);
});

test('headers come with the first event in one read, unless the first token is late', async () => {
  const paced = await startSandbox({ firstTokenMs: 10, tokensPerSecond: 2000 });
  const text = 'one two three';
  const reply = await ask(paced, 'anthropic', 'echo', { stream: true, text });
  expect(read('anthropic', reply).text).toBe(text);
  expect(reply.reads).toBeGreaterThan(1);
  await paced.close();

  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
  const body = JSON.stringify({ model: 'echo', stream: true, messages: [{ role: 'user', content: 'hi' }] });
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const [first] = await once(socket, 'data');
  socket.destroy();
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*data: \{/);
});

test('slow and slow-headers are late as they say', async () => {
  for (const model of ['slow', 'slow-headers']) {
    const startedAt = performance.now();
    const reply = await ask(sandbox, 'gemini', model, { stream: true }, raw => model === 'slow-headers' || raw !== '');
    expect(reply.status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  }
});

test('an answer waits for a client that does not read, and stops when it goes', async () => {
  const text = 'word '.repeat(100_000);
  const body = JSON.stringify({ model: 'echo', stream: true, messages: [{ role: 'user', content: text }] });
  const left = nextEnd();
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
  socket.pause();
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const before = sandbox.calls.length;
  await expect.poll(() => sandbox.calls.length).toBe(before + 1);
  const call = sandbox.calls.at(-1);
  let sent = -1;
  await expect
    .poll(
      () => {
        const isStill = call?.sentPieces === sent;
        sent = call?.sentPieces ?? -1;
        return isStill && sent > 0;
      },
      { interval: 100, timeout: 2000 },
    )
    .toBe(true);
  socket.destroy();
  const { state, sentPieces } = await left;
  expect(state).toBe('hung-up');
  expect(sentPieces).toBeLessThan(80_000);
});
