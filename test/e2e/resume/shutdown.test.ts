import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ServeCommand, startServe } from '../../support/command.ts';
import { chunk, done, streamHead, usageChunk } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { chat, type HeardEvent, subscribe } from './callers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** What a client heard last of its stream. */
type End = string;
interface Streams {
  readonly ends: readonly Promise<End>[];
  /** Ids of those that were left running. */
  readonly detached: readonly string[];
}

let provider: RawProvider;
const exchanges: RawExchange[] = [];
let folder: string;

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once ' }));
    exchanges.push(exchange);
  });
});
beforeEach(async () => {
  exchanges.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'tollgate-shutdown-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(() => provider.close());

const events = '__typename completionId seq ... on CompletionIncomplete { error { code } }';
const document = `subscription ($input: CompleteInput!) { complete(input: $input) { ${events} } }`;
const input = (more = {}) => ({ model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], ...more });

function endOf(last: HeardEvent | undefined): End {
  return last?.error?.code ?? last?.__typename ?? 'nothing';
}

/** Opens `count` streams by each of four entrances, the fourth with keys, and as many detached ones that are left. */
async function openStreams(server: { readonly url: string }, count: number): Promise<Streams> {
  const each = Array.from({ length: count }, (_, index) => index);
  const overSse = each.map(() => {
    const { heard, over } = subscribe(server, 'complete', document, { input: input() });
    return over.then(() => endOf(heard.at(-1)));
  });
  const overWebSocket = each.map(async index => {
    const client = index % 20 === 0 ? openSocket(server) : sockets.at(-1);
    let last: HeardEvent | undefined;
    for await (const { data } of client?.iterate<{ complete: HeardEvent }>({
      query: document,
      variables: { input: input() },
    }) ?? []) {
      last = data?.complete ?? last;
    }
    return endOf(last);
  });
  const openai = (key?: string) =>
    chat(server, { stream: true }, key)
      .then(response => response.text())
      .then(text => (text.includes('[DONE]') ? 'CompletionFinished' : (/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? text)));
  const left = each.map(() => subscribe(server, 'complete', document, { input: input({ detach: true }) }));
  const all = [...overSse, ...overWebSocket, ...each.map(() => openai()), ...each.map(index => openai(`key-${index}`))];
  const ends = all.map(end => end.catch(() => 'lost'));
  await until('all detached ones run', () => left.every(({ heard }) => heard.length > 1), 60_000);
  for (const one of left) one.leave();
  await until('all run', () => exchanges.length === count * 5, 60_000);
  return { ends, detached: left.map(({ heard }) => heard[0]?.completionId ?? '') };
}

const sockets: ReturnType<typeof createClient>[] = [];
function openSocket(server: { readonly url: string }) {
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { apiKey: adminKey },
    retryAttempts: 0,
  });
  sockets.push(client);
  return client;
}

async function finish(some: readonly RawExchange[]): Promise<void> {
  for (const exchange of some) {
    await exchange.write(chunk({ content: 'upon' }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
    exchange.end();
  }
}

function tally(values: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(values, value => value)).map(([value, all = []]) => [value, all.length]),
  );
}

interface Booked {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly attempts: readonly { readonly outcome: string }[];
}

/** What the ledger says after a new start. */
async function booked(): Promise<readonly Booked[]> {
  const again = await startTestServer({ stateDir: join(folder, 'state') });
  try {
    const { data } = await again.graphql<{ completions: { nodes: readonly Booked[] } }>(
      '{ completions(first: 500) { nodes { id status error { code } attempts { outcome } } } }',
    );
    return data?.completions.nodes ?? [];
  } finally {
    await again.close();
  }
}

async function serve(): Promise<ServeCommand> {
  await writeFile(join(folder, 'tollgate.yaml'), yaml());
  const env = { TOLLGATE_ADMIN_KEY: adminKey, TOLLGATE_STATE_DIR: join(folder, 'state'), LOG_LEVEL: 'info' };
  return await startServe({ cwd: folder, env });
}
const yaml = () => providersYaml([{ id: 'acme', url: provider.url }]);

describe('with 200 open streams', () => {
  test('SIGTERM lets all of them finish, detached ones too, and ends with code 0', async () => {
    const server = await serve();
    const { ends } = await openStreams(server, 40);
    server.process.kill('SIGTERM');
    await server.see(/"msg":"stopping"/);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    await finish(exchanges);
    expect(tally(await Promise.all(ends))).toEqual({ CompletionFinished: 160 });
    expect(await server.ended).toMatchObject({ code: 0, signal: null, error: '' });
    const all = await booked();
    expect(tally(all.map(({ status }) => status))).toEqual({ FINISHED: 200 });
    expect(tally(all.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome)))).toEqual({ SUCCEEDED: 200 });
  });

  test('what does not finish in time ends as incomplete, and each client is told why', async () => {
    const server = await startTestServer({ yaml: yaml(), stateDir: join(folder, 'state') });
    const { ends, detached } = await openStreams(server, 40);
    const stopped = server.stop({ acceptMs: 0, finishMs: 3_000 });
    await finish(exchanges.filter((_, index) => index % 2 === 0));
    const heard = tally(await Promise.all(ends));
    expect(Object.keys(heard).toSorted()).toEqual(['CompletionFinished', 'SHUTTING_DOWN']);
    await stopped;
    await server.close();
    const all = await booked();
    expect(tally(all.map(({ status, error }) => error?.code ?? status))).toEqual({ FINISHED: 100, SHUTTING_DOWN: 100 });
    expect(all.every(({ attempts }) => attempts.length === 1)).toBe(true);
    expect(all.filter(({ id }) => detached.includes(id))).toHaveLength(40);
  });

  test('SIGKILL loses none: after the restart each attempt is booked once, as unknown, and a key is free again', async () => {
    const server = await serve();
    const { ends } = await openStreams(server, 40);
    server.process.kill('SIGKILL');
    expect(await server.ended).toMatchObject({ signal: 'SIGKILL' });
    const heard = await Promise.all(ends);
    expect(heard).not.toContain('CompletionFinished');
    for (const _ of ['the first restart', 'the second']) {
      const all = await booked();
      expect(all).toHaveLength(200);
      expect(tally(all.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome)))).toEqual({ UNKNOWN: 200 });
    }
    const again = await startTestServer({ yaml: yaml(), stateDir: join(folder, 'state') });
    try {
      const before = exchanges.length;
      const retried = chat(again, { stream: true }, 'key-1');
      await until('it runs anew', () => exchanges.length > before, 60_000);
      await finish(exchanges.slice(before));
      expect(await (await retried).text()).toContain('[DONE]');
    } finally {
      await again.close();
    }
  });
});

describe('a process that dies after it has answered', () => {
  test('is not asked twice: its retry gets the answer, or is told of it', async () => {
    const server = await serve();
    const first = chat(server, { stream: true }, 'once');
    await until('it runs', () => exchanges.length === 1);
    await finish(exchanges);
    expect(await (await first).text()).toContain('[DONE]');
    server.process.kill('SIGKILL');
    await server.ended;
    const again = await startTestServer({ yaml: yaml(), stateDir: join(folder, 'state') });
    try {
      expect((await chat(again, { stream: true }, 'once')).status).toBe(409);
      expect(exchanges).toHaveLength(1);
    } finally {
      await again.close();
    }
  });
});
