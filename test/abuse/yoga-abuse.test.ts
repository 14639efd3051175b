import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { useAcceptedOperations } from '../../src/http/use-accepted-operations.ts';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { badOperations } from './operations.ts';

let opened: OpenedServer;
let server: Server;
let url: string;
beforeAll(async () => {
  opened = await openServer();
  const { gateway, access } = opened;
  const { yoga } = createTollgateYoga({ gateway, access, plugins: [useAcceptedOperations()] });
  server = createServer((request, response) => void yoga(request, response));
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/graphql`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await opened.close();
});

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${opened.key}`, ...headers },
    body: JSON.stringify(body),
  });

describe('a Yoga that is served by itself refuses the same, and begins nothing:', () => {
  for (const { title, body } of badOperations) {
    test(title, async () => {
      const before = opened.runs.length;
      const { errors } = await (await post(body)).json();
      expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
      expect(opened.runs.length).toBe(before);
    });
  }

  test('a body of any other type than JSON, with 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect((await post({ query: '{ __typename }' }, { 'content-type': type })).status).toBe(415);
    }
  });

  test('a prompt by GET, though not a query without one', async () => {
    const query = encodeURIComponent('query { route(input: { messages: [{ role: USER, text: "x" }] }) { workload } }');
    const response = await fetch(`${url}?query=${query}`, { headers: { authorization: `Bearer ${opened.key}` } });
    expect((await response.json()).errors[0].message).toContain('GET');
    expect((await fetch(`${url}?query=${encodeURIComponent('{ __typename }')}`)).status).toBe(200);
  });

  test('two different credentials, of which none is chosen silently; the same one twice, or as x-api-key, is taken', async () => {
    const query = '{ viewer { project { name } } }';
    const two = await (await post({ query }, { 'x-api-key': 'another' })).json();
    expect([two.errors[0].extensions.code, two.errors[0].message]).toEqual([
      'BAD_USER_INPUT',
      expect.stringContaining('two different credentials'),
    ]);
    const same = await (await post({ query }, { 'x-api-key': opened.key })).json();
    expect(same.errors).toBeUndefined();
    const headers = { 'content-type': 'application/json', 'x-api-key': opened.key };
    const alone = await (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
    expect(alone.errors).toBeUndefined();
  });

  test('but takes a good operation (control)', async () => {
    const starting = opened.nextRun();
    const answering = post({
      query: 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { text } }',
    });
    const run = await starting;
    run.finish({ text: 'ok' });
    expect(await (await answering).json()).toEqual({ data: { complete: { text: 'ok' } } });
  });
});
