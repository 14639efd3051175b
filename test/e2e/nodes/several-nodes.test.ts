import { existsSync } from 'node:fs';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWebSocketClient } from 'graphql-ws';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { pasteQuery } from '../../support/paste-query.ts';
import { adminKey } from '../../support/test-server.ts';
import { absence, type NodesExample, openExample } from './open-example.ts';

// Five programs start first, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const authorization = `Bearer ${adminKey}`;
const finished = { complete: { status: 'FINISHED' } };
const ask =
  'mutation { complete(input: { model: "sandbox/echo", messages: [{ role: USER, text: "hi" }] }) { status } }';

function subscriptionTo(model: string) {
  return {
    query: `subscription ($input: CompleteInput!) {
      complete(input: $input) {
        ... on TextDelta { text }
        ... on CompletionFinished { completion { status } }
        ... on CompletionFailed { completion { status } }
        ... on CompletionIncomplete { completion { status } }
      }
    }`,
    variables: { input: { model, messages: [{ role: 'USER', text: 'Say hello to everybody' }] } },
  };
}

interface Event {
  readonly complete: { readonly text?: string; readonly completion?: { readonly status: string } };
}

/** What a stream said, and when its pieces came, in milliseconds. */
interface Heard {
  readonly text: string;
  readonly status: string | undefined;
  readonly pieces: readonly number[];
}

async function hear(results: AsyncIterable<{ readonly data?: Event | null | undefined }>): Promise<Heard> {
  const pieces: number[] = [];
  let text = '';
  let status: string | undefined;
  for await (const { data } of results) {
    if (data?.complete.text !== undefined) pieces.push(performance.now());
    text += data?.complete.text ?? '';
    status ??= data?.complete.completion?.status;
  }
  return { text, status, pieces };
}

/** The model says twenty words a second: what comes in one lump comes at once. */
function expectPieces(pieces: readonly number[]): void {
  expect(pieces.length).toBeGreaterThan(10);
  expect((pieces.at(-1) ?? 0) - (pieces[0] ?? 0)).toBeGreaterThan(400);
}

let example: NodesExample;

describe.skipIf(absence !== '')(`two nodes behind nginx${absence}`, () => {
  beforeAll(async () => {
    example = await openExample();
  });
  afterAll(() => example.close());

  test('answer the query that the start prints, pasted as it is', async () => {
    expect(await pasteQuery(example.script.out)).toMatchObject({ data: { complete: { text: expect.any(String) } } });
  });

  test.concurrent('stream by server-sent events piece by piece', async () => {
    const client = createSseClient({ url: `${example.url}/graphql`, headers: { authorization } });
    const { pieces, status } = await hear(client.iterate<Event>(subscriptionTo('sandbox/slow')));
    expect(status).toBe('FINISHED');
    expectPieces(pieces);
  });

  test.concurrent('stream over a WebSocket', async () => {
    const url = `${example.url.replace('http', 'ws')}/graphql`;
    const client = createWebSocketClient({ url, connectionParams: { authorization }, lazyCloseTimeout: 0 });
    const { pieces, status } = await hear(client.iterate<Event>(subscriptionTo('sandbox/slow')));
    await client.dispose();
    expect(status).toBe('FINISHED');
    expectPieces(pieces);
  });

  test('let pages of their own address open WebSockets, and no others', async () => {
    const url = `${example.url.replace('http', 'ws')}/graphql`;
    const open = (origin: string) =>
      new Promise(resolve => {
        const socket = new WebSocket(url, 'graphql-transport-ws', { origin });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
        socket.on('error', fault => resolve(fault.message));
      });
    expect(await open(example.url)).toBe('open');
    expect(await open(example.url.replace('127.0.0.1', 'localhost'))).toBe('open');
    expect(await open('https://elsewhere.example')).toBe('Unexpected server response: 403');
    expect(await open(`${example.url}.elsewhere.example`)).toBe('Unexpected server response: 403');
  });

  test.concurrent('stream to an OpenAI client', async () => {
    const client = new OpenAI({ baseURL: `${example.url}/v1`, apiKey: adminKey, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'Say hello to everybody' }];
    const stream = await client.chat.completions.create({ model: 'sandbox/slow', messages, stream: true });
    const pieces: number[] = [];
    let reason: string | null = null;
    for await (const { choices } of stream) {
      if (choices[0]?.delta.content) pieces.push(performance.now());
      reason ??= choices[0]?.finish_reason ?? null;
    }
    expect(reason).toBe('stop');
    expectPieces(pieces);
  });

  test('share the work, and each reports the usage of both', async () => {
    for (const _ of [1, 2, 3, 4, 5, 6]) expect(await example.graphql(ask)).toEqual(finished);
    const counts = await example.completions();
    for (const count of counts) expect(count).toBeGreaterThan(0);
    const total = counts.reduce((sum, count) => sum + count);
    expect(total).toBe(10);
    for (const { url } of example.nodes) {
      // A node ships what it has booked within a second or so.
      await vi.waitFor(
        async () => {
          const { usage } = await example.graphql<{ readonly usage: unknown }>('{ usage { total { requests } } }', url);
          expect(usage).toEqual({ total: { requests: total } });
        },
        { timeout: 20_000, interval: 100 },
      );
    }
  });

  test('go on through one when the other is killed; what it was saying is not passed off as whole', async () => {
    const running = () => hear(createSse().iterate<Event>(subscriptionTo('sandbox/bill-abort')));
    const heard = [running(), running()].map(each =>
      each.then(
        ({ status }) => status ?? 'cut',
        () => 'cut',
      ),
    );
    const [killed] = example.nodes;
    await vi.waitFor(async () => expect(await example.running()).toEqual([1, 1]), { timeout: 20_000 });
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(killed?.pid ?? 0, 0)).toThrow('ESRCH'), { timeout: 20_000 });
    for (const _ of Array(10)) expect(await example.graphql(ask)).toEqual(finished);
    expect((await Promise.all(heard)).sort()).toEqual(['FINISHED', 'cut']);
    expect(await example.running()).toEqual([0, 0]);
    expect((await fetch(`${example.url}/readyz`)).status).toBe(200);
  });

  test('are gone after Ctrl-C, with the folder of all five', async () => {
    await example.close();
    expect(await example.script.ended).toMatchObject({ code: 0, signal: null });
    for (const { pid } of example.nodes) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(example.folder)).toBe(false);
    await expect(fetch(example.url)).rejects.toThrow();
  });
});

/** Without repeating by itself what was cut. */
function createSse() {
  return createSseClient({ url: `${example.url}/graphql`, headers: { authorization }, retryAttempts: 0 });
}
