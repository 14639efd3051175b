import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { answerWith, chunk, streamHead } from '../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';
import { badOperations } from './operations.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function serverBefore(
  script: RawScript,
): Promise<{ readonly provider: RawProvider; readonly server: TestServer }> {
  const provider = await startRawProvider(script);
  const server = await startTestServer({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
  open.push(provider, server);
  return { provider, server };
}

const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
const input = '{ model: "acme/one", messages: [{ role: USER, text: "hi" }] }';

async function booked(server: TestServer): Promise<unknown> {
  const { data } = await server.graphql<{ readonly usage: { readonly total: unknown } }>(
    '{ usage { total { requests cost } } }',
  );
  return data?.usage.total;
}

test('bad input charges nothing and reaches no provider; a good request is booked (control)', async () => {
  const { provider, server } = await serverBefore(exchange => answerWith(exchange, 'hello'));
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  for (const { body } of badOperations) {
    expect((await post('/graphql', body)).body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  }
  const unknown = 'mutation { complete(input: { model: "nope", messages: [{ role: USER, text: "x" }] }) { status } }';
  expect((await post('/graphql', { query: unknown })).body.errors[0].extensions.code).toBe('NOT_FOUND');
  const chat = { model: 'nope', messages: [{ role: 'user', content: 'x' }] };
  for (const stream of [true, false]) {
    expect(await post('/v1/chat/completions', { ...chat, stream })).toMatchObject({
      status: 404,
      body: { error: { code: 'model_not_found' } },
    });
  }
  expect(await post('/v1/chat/completions', { ...chat, nonsense: 1 })).toMatchObject({
    status: 400,
    body: { error: { param: 'nonsense' } },
  });
  expect(await booked(server)).toEqual({ requests: 0, cost: '0' });
  expect(provider.requests).toHaveLength(0);

  const good = await post('/v1/chat/completions', { ...chat, model: 'acme/one' });
  expect(good).toMatchObject({ status: 200, body: { choices: [{ message: { content: 'hello' } }] } });
  expect(provider.requests).toHaveLength(1);
  expect(await booked(server)).toEqual({ requests: 1, cost: '0.000015' });
});

describe('leaving hangs up on the provider, while it is silent:', () => {
  /** A provider that begins to stream, or says nothing where it was not asked to, and then waits for ever. */
  async function silentProvider() {
    const exchanges: RawExchange[] = [];
    const arrived = Promise.withResolvers<RawExchange>();
    const { server } = await serverBefore(async exchange => {
      exchanges.push(exchange);
      if (JSON.parse(exchange.request.body).stream === true)
        await exchange.write(streamHead + chunk({ content: 'Hel' }));
      arrived.resolve(exchange);
    });
    return { server, exchange: arrived.promise };
  }

  const subscription = `subscription { complete(input: ${input}) { __typename seq } }`;
  const mutation = `mutation { complete(input: ${input}) { status } }`;

  for (const [kind, query] of Object.entries({ subscription, mutation })) {
    test(`a ${kind} over server-sent events`, async () => {
      const { server, exchange } = await silentProvider();
      const client = createSseClient({ url: `${server.url}/graphql`, headers, retryAttempts: 0 });
      const leave = client.subscribe({ query }, { next() {}, error() {}, complete() {} });
      const { hungUp } = await exchange;
      leave();
      await hungUp;
      client.dispose();
    });

    test(`a ${kind} over WebSocket`, async () => {
      const { server, exchange } = await silentProvider();
      const client = createWsClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { apiKey: adminKey },
        retryAttempts: 0,
      });
      const leave = client.subscribe({ query }, { next() {}, error() {}, complete() {} });
      const { hungUp } = await exchange;
      leave();
      await hungUp;
      await client.dispose();
    });
  }

  for (const stream of [true, false]) {
    test(`the OpenAI API, ${stream ? '' : 'not '}streamed`, async () => {
      const { server, exchange } = await silentProvider();
      const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: adminKey, maxRetries: 0 });
      const leaving = new AbortController();
      const calling = client.chat.completions
        .create({ model: 'acme/one', messages: [{ role: 'user', content: 'x' }], stream }, { signal: leaving.signal })
        .catch(() => 'left');
      const { hungUp } = await exchange;
      leaving.abort();
      await hungUp;
      await calling;
    });
  }
});
