import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { answerWith, chunk, failWith, streamHead } from '../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { type SpanCollector, startSpanCollector } from '../support/span-collector.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';

/** Planted in prompts, answers, tools and errors; nothing else in the world holds it. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;
/** Planted as the value of a label, which is a fact that the ledger keeps: the search must find it. */
const keptWord = `kept${randomUUID().replaceAll('-', '')}`;
const labels = [{ name: 'case', value: keptWord }];

let provider: RawProvider;
let collector: SpanCollector;
let server: TestServer;
let stateDir: string;
const written: string[] = [];

beforeAll(async () => {
  provider = await startRawProvider(play);
  collector = await startSpanCollector();
  stateDir = await mkdtemp(join(tmpdir(), 'tollgate-nothing-kept-'));
  server = await openServer(stateDir);
  // Zero data retention, and rules that look at all text: none of it is kept by those who look either.
  await writePolicy({ retention: { provider: 'NONE', allowTraining: false } });
  await writePolicy({ content: [{ detect: ['EMAIL', 'API_KEY'], action: 'REDACT' }] });
});

function openServer(folder: string): Promise<TestServer> {
  const more = '    dataPolicy: { retention: NONE, training: false, evidence: a contract }';
  return startTestServer({
    yaml: `${providersYaml([{ id: 'acme', url: provider.url, more }])}\nreceipts: { enabled: true }\n`,
    env: { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    logTo: { write: line => void written.push(line) },
    stateDir: folder,
  });
}

async function writePolicy(rules: Record<string, unknown>): Promise<void> {
  const { errors } = await server.graphql(
    'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "Canary", rules: $rules }) { policy { id } } }',
    { rules },
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

let closing: Promise<void> | undefined;
function closeServer(): Promise<void> {
  closing ??= server.close();
  return closing;
}

afterAll(async () => {
  await closeServer();
  await collector.close();
  await provider.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** Answers as the prompt asks: well, with an error that echoes it, or with a stream that breaks. */
async function play(exchange: RawExchange): Promise<void> {
  const { body } = exchange.request;
  if (body.includes('fail-400')) await failWith(exchange, 400, { echo: body });
  else if (body.includes('fail-500')) await failWith(exchange, 500, { echo: body });
  else if (body.includes('cut-off')) {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: canary }));
    exchange.end();
  } else await answerWith(exchange, `Here you are: ${canary}`);
}

/** Names of the sinks that hold this word: files of the state, log, metrics, spans. A sink that cannot be read throws. */
async function sinksWith(word: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(stateDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (bytes.includes(word)) found.push(entry.name);
  }
  if (written.join('').includes(word)) found.push('log');
  if (collector.sent().includes(word)) found.push('spans');
  return found;
}

const paths: readonly (readonly [string, (prompt: string) => Promise<string>])[] = [
  ['a mutation', prompt => graphql('mutation', prompt, 'application/json')],
  ['a mutation with its prompt in the document', prompt => literal(prompt)],
  ['a subscription', prompt => graphql('subscription', prompt, 'text/event-stream')],
  ['a subscription over a WebSocket', prompt => overWebSocket(prompt)],
  ['the OpenAI API', prompt => openai(prompt, false)],
  ['a stream of the OpenAI API', prompt => openai(prompt, true)],
  ['a request with an idempotency key', prompt => openai(prompt, false, nextKey())],
  ['a stream with an idempotency key', prompt => openai(prompt, true, nextKey())],
  ['a detached subscription', prompt => graphql('subscription', prompt, 'text/event-stream', { detach: true })],
];

/** A key is the caller's own words too. */
let keys = 0;
function nextKey(): string {
  keys += 1;
  return `${canary}-${keys}`;
}

describe.each(paths)('%s', (_, ask) => {
  test.each(['well', 'fail-400', 'fail-500', 'cut-off'])(
    'leaves nothing of the prompt or the answer behind: %s',
    async kind => {
      const before = provider.requests.length;
      const answered = await ask(`${canary} ${kind}`);
      expect(provider.requests.slice(before).some(({ body }) => body.includes(`${canary} ${kind}`))).toBe(true);
      if (kind === 'well') expect(answered).toContain(`Here you are: ${canary}`);
      if (kind.startsWith('fail')) expect(answered).not.toContain(canary);
      expect(await sinksWith(canary)).toEqual([]);
    },
  );
});

const input = (more: string) => `{ model: "acme/one", messages: [{ role: USER, text: "${canary}" }], ${more} }`;
const invalid: readonly (readonly [string, string, unknown])[] = [
  ['a document that cannot be parsed', '/graphql', { query: `mutation { complete(input: "${canary} ` }],
  ['a literal of the wrong type', '/graphql', { query: `mutation { complete(input: "${canary}") { status } }` }],
  [
    'a literal in the wrong place',
    '/graphql',
    { query: `mutation { complete(input: ${input(`topP: "${canary}"`)}) { status } }` },
  ],
  [
    'a scalar that cannot be read',
    '/graphql',
    { query: `mutation { complete(input: ${input(`deadline: "${canary}"`)}) { status } }` },
  ],
  ['a field that there is not', '/graphql', { query: `mutation { complete(input: ${input('')}) { ${canary} } }` }],
  ['a variable of the wrong type', '/graphql', withInput({ messages: [{ role: canary, text: [canary] }] })],
  [
    'a variable with an unknown member',
    '/graphql',
    withInput({ messages: [{ role: 'USER', text: canary, [canary]: canary }] }),
  ],
  ['a value out of range', '/graphql', withInput({ temperature: 99, messages: [{ role: 'USER', text: canary }] })],
  ['a body that is not JSON', '/v1/chat/completions', `{"messages": "${canary}`],
  ['messages that are none', '/v1/chat/completions', { model: 'acme/one', messages: canary }],
  [
    'a role that there is not',
    '/v1/chat/completions',
    { model: 'acme/one', messages: [{ role: canary, content: canary }] },
  ],
];

function withInput(members: Record<string, unknown>): unknown {
  return {
    query: 'mutation ($input: CompleteInput!) { complete(input: $input) { status error { code } } }',
    variables: { input: { model: 'acme/one', ...members } },
  };
}

test.each(invalid)('an invalid request is refused and leaves nothing behind: %s', async (_, path, body) => {
  const before = provider.requests.length;
  const response = await post(path, 'application/json', body);
  const answered = await response.text();
  expect(answered).toMatch(/"errors?":/);
  expect(provider.requests).toHaveLength(before);
  expect(await sinksWith(canary)).toEqual([]);
});

test('no answer about completions and no metric holds it', async () => {
  const { data } = await server.graphql(
    '{ completions(first: 100) { nodes { id status text partialText error { message } labels { name value } } } }',
  );
  expect(JSON.stringify(data)).not.toContain(canary);
  expect(JSON.stringify(data)).toContain(keptWord);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).not.toContain(canary);
  expect(metrics).toContain('acme');
});

test('control: the search finds what is kept, in the database', async () => {
  const found = await sinksWith(keptWord);
  expect(found.some(name => /\.db(-wal)?$/.test(name))).toBe(true);
});

test('when all is flushed and closed, no file, no line of the log and no span holds it', async () => {
  await closeServer();
  expect(collector.sent()).toContain('acme/one');
  expect(written.join('')).toContain('completionId');
  expect((await sinksWith(keptWord)).some(name => name.endsWith('.db'))).toBe(true);
  expect(await sinksWith(canary)).toEqual([]);
});

test('with keeping allowed it is found in the database, and nowhere else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-kept-'));
  const before = stateDir;
  stateDir = folder;
  server = await openServer(folder);
  try {
    await writePolicy({ retention: { gatewayContent: 'P1D' } });
    for (const [, ask] of paths) expect(await ask(`${canary} well`)).toContain(canary);
    const { data } = await server.graphql<{ completions: { nodes: readonly { id: string }[] } }>(
      '{ completions(first: 100) { nodes { id text prompt } } }',
    );
    expect(JSON.stringify(data)).toContain(canary);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).not.toContain(canary);
    await server.close();
    expect(await sinksWith(canary)).toEqual(['tollgate.db']);
  } finally {
    stateDir = before;
    await rm(folder, { recursive: true, force: true });
  }
});

const tools = [{ name: 'look', description: canary, parameters: { type: 'object', description: canary } }];
const deltas = '{ __typename ... on TextDelta { text } ... on CompletionFailed { error { message } } }';

function operation(kind: 'mutation' | 'subscription', text: string, more: Record<string, unknown> = {}) {
  const selection = kind === 'mutation' ? '{ status text partialText error { message } }' : deltas;
  const messages = [{ role: 'USER', text }];
  return {
    query: `${kind} ($input: CompleteInput!) { complete(input: $input) ${selection} }`,
    variables: { input: { model: 'acme/one', endUser: canary, sessionId: canary, tools, messages, labels, ...more } },
  };
}

async function graphql(
  kind: 'mutation' | 'subscription',
  text: string,
  accept: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  return await (await post('/graphql', accept, operation(kind, text, more))).text();
}

async function literal(text: string): Promise<string> {
  const query = `mutation { complete(input: {
    model: "acme/one", endUser: "${canary}", messages: [{ role: USER, text: "${text}" }],
    labels: [{ name: "case", value: "${keptWord}" }]
  }) { status text partialText error { message } } }`;
  return await (await post('/graphql', 'application/json', { query })).text();
}

async function overWebSocket(text: string): Promise<string> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = '';
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: adminKey } })));
  socket.on('message', data => {
    const frame = String(data);
    const { type } = JSON.parse(frame);
    received += frame;
    if (type === 'connection_ack') {
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: operation('subscription', text) }));
    }
    if (type === 'complete' || type === 'error') resolve(received);
  });
  socket.on('error', reject);
  socket.on('close', code => reject(new Error(`closed with ${code}`)));
  try {
    return await promise;
  } finally {
    socket.close();
  }
}

async function openai(content: string, stream: boolean, key?: string): Promise<string> {
  const body = { model: 'acme/one', user: canary, session_id: canary, stream, messages: [{ role: 'user', content }] };
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return await (await post('/v1/chat/completions', '*/*', body, headers)).text();
}

function post(
  path: string,
  accept: string,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${adminKey}`, ...more },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
