import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { carriers } from './carriers.ts';
import { badOperations } from './operations.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(async () => {
  const alive = await opened.post('/graphql', { query: '{ __typename }' });
  expect(await alive.json()).toEqual({ data: { __typename: 'Query' } });
  await opened.close();
});

for (const [carrier, carry] of Object.entries(carriers)) {
  const send = async (body: unknown) => (await carry({ url: opened.server.url, key: opened.key }, body)).errors;

  describe(`over ${carrier}, refuses with a code and begins nothing:`, () => {
    for (const { title, body, message } of badOperations) {
      test(title, { timeout: 4_000 }, async () => {
        const before = opened.runs.length;
        const [error] = (await send(body)) ?? [];
        expect(['BAD_USER_INPUT', '4400']).toContain(error?.extensions.code);
        if (message !== undefined && error?.extensions.code !== '4400') expect(error?.message).toMatch(message);
        expect(error?.message).not.toMatch(/node_modules|at \w+ \(/);
        expect(opened.runs.length).toBe(before);
      });
    }

    test('and takes a good operation (control)', async () => {
      const starting = opened.nextRun();
      const answering = send({
        query: 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }',
      });
      const run = await starting;
      run.finish({ text: 'ok' });
      expect(await answering).toBeUndefined();
    });
  });
}

describe('by HTTP', () => {
  const query = '{ __typename }';
  const paid = 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }';

  for (const contentType of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    '',
    'application/json; charset=utf-16',
  ]) {
    test(`a body of type "${contentType}" is refused with 415`, async () => {
      const response = await opened.post('/graphql', JSON.stringify({ query }), { 'content-type': contentType });
      expect(response.status).toBe(415);
      expect((await response.json()).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    });
  }

  test('a batch is refused', async () => {
    const response = await opened.post('/graphql', [{ query }, { query }]);
    expect([response.status, (await response.json()).errors[0].message]).toEqual([
      400,
      expect.stringContaining('batch'),
    ]);
  });

  test('a body of 3 MB is refused with 413 and a code, announced or not, and the connection still tells it', async () => {
    const body = JSON.stringify({ query, variables: { filler: 'x'.repeat(3_000_000) } });
    const announced = await opened.post('/graphql', body);
    const streamed = await fetch(`${opened.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    for (const response of [announced, streamed]) {
      expect([response.status, (await response.json()).errors[0].extensions.code]).toEqual([413, 'BAD_USER_INPUT']);
    }
  });

  test('a compressed body is refused with 415', async () => {
    const response = await opened.post('/graphql', JSON.stringify({ query }), { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
  });

  test('a body that is not UTF-8 is refused', async () => {
    const response = await fetch(`${opened.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  test('a mutation, a subscription and a query with a prompt are refused by GET with 405', async () => {
    const prompts = [
      paid,
      'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { seq } }',
      'query { route(input: { messages: [{ role: USER, text: "x" }] }) { workload } }',
    ];
    for (const each of prompts) {
      const response = await fetch(`${opened.server.url}/graphql?query=${encodeURIComponent(each)}`, {
        headers: { authorization: `Bearer ${opened.key}` },
      });
      expect([response.status, (await response.json()).errors[0].extensions.code]).toEqual([405, 'BAD_USER_INPUT']);
    }
    const variables = encodeURIComponent(JSON.stringify({ anything: { messages: [{ role: 'USER', text: 'x' }] } }));
    const hidden = encodeURIComponent('query ($anything: CompleteInput!) { r: route(input: $anything) { workload } }');
    expect((await fetch(`${opened.server.url}/graphql?query=${hidden}&variables=${variables}`)).status).toBe(405);
    expect((await fetch(`${opened.server.url}/graphql?query=${encodeURIComponent(query)}`)).status).toBe(200);
  });

  test('a member of the query string that is there twice is refused', async () => {
    for (const twice of ['query={__typename}&query={a:__typename}', 'query={__typename}&variables={}&variables={}']) {
      const response = await fetch(`${opened.server.url}/graphql?${twice}`);
      expect([response.status, (await response.json()).errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    }
  });

  test('a preflight of another origin is granted nothing', async () => {
    const response = await fetch(`${opened.server.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a prompt in a document is not kept by any cache of plans', async () => {
    const { createOperationPlans } = await import('../../src/graphql/plans/operation-plan.ts');
    const { buildTollgateSchema } = await import('../../src/graphql/schema.ts');
    const { parse } = await import('graphql');
    const schema = buildTollgateSchema();
    const plans = createOperationPlans({ names: { typePrefix: '', fieldPrefix: '' } });
    let parsed = 0;
    const reader = {
      schema,
      parse(source: string) {
        parsed += 1;
        return parse(source);
      },
      validate: () => [],
    };
    for (let at = 0; at < 2; at += 1) plans.read(reader, paid);
    expect(parsed).toBe(2);
    for (let at = 0; at < 2; at += 1) plans.read(reader, query);
    expect(parsed).toBe(3);
  });
});

test('a subscription is not answered with JSON', async () => {
  const response = await opened.post(
    '/graphql',
    { query: 'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { seq } }' },
    { accept: 'application/json' },
  );
  expect(response.status).toBe(406);
});

test("graphql-ws' own client gets on with all this", async () => {
  const client = createWsClient({
    url: `${opened.server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { apiKey: opened.key },
    retryAttempts: 0,
  });
  for await (const result of client.iterate({ query: '{ __typename }' }))
    expect(result.data).toEqual({ __typename: 'Query' });
  await client.dispose();
});
