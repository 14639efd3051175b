import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { administratorKey, type OpenYoga, openYoga } from './open-yoga.ts';

let open: OpenYoga;
let server: Server;
let port: number;

beforeAll(async () => {
  open = await openYoga();
  const { yoga } = createTollgateYoga({ gateway: open.gateway, access: open.gateway.access });
  server = createServer(yoga).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await open[Symbol.asyncDispose]();
});

const variables = (model: string) => ({ i: { model: `test/${model}`, messages: [{ role: 'USER', text: 'x' }] } });

/** Posts over a socket of its own; the result breaks that socket. */
function postAndHold(body: object, accept: string, onText: (text: string) => void): () => void {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path: '/graphql',
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${administratorKey}` },
  });
  outgoing.on('error', () => {});
  outgoing.on('response', response =>
    response
      .setEncoding('utf8')
      .on('data', onText)
      .on('error', () => {}),
  );
  outgoing.end(JSON.stringify(body));
  return () => outgoing.destroy();
}

describe('a broken socket', () => {
  test('ends the provider call of a subscription, while the provider is silent', { timeout: 2_000 }, async () => {
    const ended = open.nextCallEnd();
    const { promise: hasText, resolve } = Promise.withResolvers<void>();
    const leave = postAndHold(
      {
        query: 'subscription ($i: CompleteInput!) { complete(input: $i) { __typename } }',
        variables: variables('stall'),
      },
      'text/event-stream',
      text => text.includes('TextDelta') && resolve(),
    );
    await hasText;
    leave();
    expect((await ended).state).toBe('hung-up');
  });

  test('ends the provider call of a mutation', { timeout: 2_000 }, async () => {
    const ended = open.nextCallEnd();
    const leave = postAndHold(
      { query: 'mutation ($i: CompleteInput!) { complete(input: $i) { id } }', variables: variables('silent') },
      'application/json',
      () => {},
    );
    await expect.poll(() => open.sandbox.calls.some(call => call.state === 'running'), { interval: 5 }).toBe(true);
    leave();
    expect((await ended).state).toBe('hung-up');
  });

  test('control: a caller that stays gets the whole answer', { timeout: 2_000 }, async () => {
    const { promise: answer, resolve } = Promise.withResolvers<string>();
    postAndHold(
      { query: 'mutation ($i: CompleteInput!) { complete(input: $i) { status text } }', variables: variables('echo') },
      'application/json',
      resolve,
    );
    expect(JSON.parse(await answer)).toEqual({ data: { complete: { status: 'FINISHED', text: 'x' } } });
  });
});
