import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { chunk, streamHead } from '../../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { chat } from './callers.ts';

vi.setConfig({ testTimeout: 60_000 });

let provider: RawProvider;
let server: TestServer;
let begun = 0;

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'It begins' }));
    begun += 1;
  });
});
afterEach(() => server.close());
afterAll(() => provider.close());

async function open(maxCompletions?: number): Promise<void> {
  const overload = maxCompletions === undefined ? '' : `\noverload: { maxCompletions: ${maxCompletions} }\n`;
  server = await startTestServer({ yaml: `${providersYaml([{ id: 'acme', url: provider.url }])}${overload}` });
}

const input = { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }] };
const mutation = {
  query: 'mutation ($input: CompleteInput!) { complete(input: $input) { status } }',
  variables: { input },
};
const subscription = {
  query: 'subscription ($input: CompleteInput!) { complete(input: $input) { seq } }',
  variables: { input },
};

function post(body: unknown, accept: string): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body),
  });
}

/** A response that nobody holds is collected, and its connection closed. */
const running: Response[] = [];

async function fill(count: number): Promise<readonly AbortController[]> {
  const before = begun;
  const controllers = Array.from({ length: count }, () => new AbortController());
  running.push(
    ...(await Promise.all(controllers.map(({ signal }) => chat(server, { stream: true }, undefined, signal)))),
  );
  await until('all run', () => begun === before + count);
  return controllers;
}

const metric = async () =>
  /^tollgate_overloaded_total (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];

describe('a node that runs as many completions as it takes', () => {
  test('refuses further ones by every entrance, calls and books nothing, and goes on with all else', async () => {
    await open(2);
    const [first] = await fill(2);
    const before = provider.requests.length;

    for (const [body, accept] of [
      [mutation, 'application/json'],
      [mutation, 'application/graphql-response+json'],
      [subscription, 'text/event-stream'],
    ] as const) {
      const response = await post(body, accept);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      const { errors } = (await response.json()) as { errors: readonly { extensions: object }[] };
      expect(errors[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: 1000 });
    }
    for (const [body, key] of [[{ stream: true }], [{}], [{}, 'a-key']] as const) {
      const response = await chat(server, body, key);
      expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
        503,
        '1',
        'true',
      ]);
      expect(await response.json()).toMatchObject({ error: { metadata: { code: 'OVERLOADED' } } });
    }
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { apiKey: adminKey },
    });
    const told = await client
      .iterate(subscription)
      .next()
      .then(
        ({ value }) => value?.errors,
        (errors: unknown) => errors,
      );
    expect(told).toMatchObject([{ extensions: { code: 'OVERLOADED' } }]);
    await client.dispose();

    expect(provider.requests).toHaveLength(before);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const { data } = await server.graphql('{ usage { total { requests } } policies { nodes { id } } }');
    expect(data).toEqual({ usage: { total: { requests: 0 } }, policies: { nodes: [] } });
    expect(await metric()).toBe('7');

    first?.abort();
    const beforeLast = begun;
    await until('one is taken again', async () => (await chat(server, { stream: true })).status === 200);
    await until('it runs', () => begun > beforeLast);
  });

  test('control: with the usual limit three run beside each other', async () => {
    await open();
    await fill(3);
    expect(await metric()).toBe('0');
  });
});
