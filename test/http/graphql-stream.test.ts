import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type OpenedServer, openServer } from './open-server.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(() => opened.close());

const read = `subscription Read($prompt: String!) {
  complete(input: { messages: [{ role: USER, text: $prompt }] }) {
    __typename
    seq
    ... on TextDelta { text }
    ... on CompletionFinished { completion { status text } }
    ... on CompletionIncomplete { error { code } completion { status text } }
  }
}`;
const ask =
  'mutation Ask($prompt: String!) { complete(input: { messages: [{ role: USER, text: $prompt }] }) { status text } }';
const variables = { prompt: 'hello' };

async function collect(events: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const event of events)
    all.push((event as { readonly data: { readonly complete: unknown } }).data.complete);
  return all;
}

const transports = {
  SSE() {
    const client = createSseClient({
      url: `${opened.server.url}/graphql`,
      headers: { authorization: `Bearer ${opened.key}` },
      retryAttempts: 0,
    });
    return client;
  },
  WebSocket() {
    return createWsClient({
      url: `${opened.server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${opened.key}` },
      retryAttempts: 0,
    });
  },
} as const;

for (const [name, connect] of Object.entries(transports)) {
  describe(`over ${name}`, () => {
    test('a subscription delivers every event in order and then completes', async () => {
      const client = connect();
      const starting = opened.nextRun();
      const reading = collect(client.iterate({ query: read, variables }));
      const run = await starting;
      run.accept();
      run.start();
      run.deltas({ type: 'text', text: 'Hel' }, { type: 'text', text: 'lo' });
      run.deltas({ type: 'reasoning', text: 'hm' });
      run.finish({ text: 'Hello' });
      expect(await reading).toEqual([
        { __typename: 'CompletionAccepted', seq: 0 },
        { __typename: 'CompletionStarted', seq: 1 },
        { __typename: 'TextDelta', seq: 2, text: 'Hel' },
        { __typename: 'TextDelta', seq: 3, text: 'lo' },
        { __typename: 'ReasoningDelta', seq: 4 },
        { __typename: 'CompletionFinished', seq: 5, completion: { status: 'FINISHED', text: 'Hello' } },
      ]);
      await client.dispose();
    });

    test('a cut answer ends as incomplete, and its text is not passed off as the answer', async () => {
      const client = connect();
      const starting = opened.nextRun();
      const reading = collect(client.iterate({ query: read, variables }));
      const run = await starting;
      run.deltas({ type: 'text', text: 'Hel' });
      run.fail('STREAM_CUT', 'incomplete');
      expect((await reading).at(-1)).toEqual({
        __typename: 'CompletionIncomplete',
        seq: 1,
        error: { code: 'STREAM_CUT' },
        completion: { status: 'INCOMPLETE', text: null },
      });
      await client.dispose();
    });

    test('leaving a subscription cancels the run while its provider is silent', async () => {
      const client = connect();
      const starting = opened.nextRun();
      const iterator = client.iterate({ query: read, variables });
      const first = iterator.next();
      const run = await starting;
      run.accept();
      await first;
      void iterator.return?.();
      await run.cancelled;
      await client.dispose();
    });

    test('leaving before the first event cancels the run', async () => {
      const client = connect();
      const starting = opened.nextRun();
      const iterator = client.iterate({ query: read, variables });
      const first = iterator.next();
      first.catch(() => {});
      const run = await starting;
      void iterator.return?.();
      await run.cancelled;
      await client.dispose();
    });

    test('leaving a mutation cancels the run', async () => {
      const client = connect();
      const starting = opened.nextRun();
      const iterator = client.iterate({ query: ask, variables });
      const first = iterator.next();
      first.catch(() => {});
      const run = await starting;
      void iterator.return?.();
      await run.cancelled;
      await client.dispose();
    });

    test('an unknown field is refused with its code, and no run begins', async () => {
      const client = connect();
      const before = opened.runs.length;
      const query = 'subscription { complete(input: { messages: [] }) { nonsense } }';
      let seen: unknown;
      try {
        for await (const result of client.iterate({ query })) seen = (result as { readonly errors?: unknown }).errors;
      } catch (error) {
        seen = error;
      }
      expect(JSON.stringify(seen)).toContain('BAD_USER_INPUT');
      expect(opened.runs.length).toBe(before);
      await client.dispose();
    });
  });
}

test('a mutation whose connection is destroyed cancels the run', async () => {
  const leaving = new AbortController();
  const starting = opened.nextRun();
  const answer = fetch(`${opened.server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${opened.key}` },
    body: JSON.stringify({ query: ask, variables }),
    signal: leaving.signal,
  }).catch(() => 'left');
  const run = await starting;
  leaving.abort();
  expect(await answer).toBe('left');
  await run.cancelled;
});

test('a client that does not read pauses the run, and gets all of it once it reads', async () => {
  const starting = opened.nextRun();
  const response = await Promise.all([
    opened.post('/graphql', { query: read, variables }, { accept: 'text/event-stream' }),
    starting.then(run => run.accept()),
  ]).then(([answer]) => answer);
  const run = await starting;
  const text = 'x'.repeat(64_000);
  let sent = 0;
  while (run.deltas({ type: 'text', text })) sent += 1;
  expect(sent).toBeLessThan(1_000);
  const resumed = run.resumed();
  const reading = response.text();
  await resumed;
  run.finish({ text: 'done' });
  const body = await reading;
  expect(body.split('event: next').length - 1).toBe(sent + 3);
  expect(body.endsWith('event: complete\ndata:\n\n')).toBe(true);
});

test('what arrives in one read of the provider leaves in one write', async () => {
  const starting = opened.nextRun();
  const response = await Promise.all([
    opened.post('/graphql', { query: read, variables }, { accept: 'text/event-stream' }),
    starting.then(run => run.start()),
  ]).then(([answer]) => answer);
  const run = await starting;
  const reader = response.body?.getReader();
  await reader?.read();
  run.deltas({ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, { type: 'text', text: 'c' });
  const chunk = new TextDecoder().decode((await reader?.read())?.value);
  expect(chunk.split('event: next').length - 1).toBe(3);
  run.finish();
  await reader?.cancel();
});
