import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { openRawSocket } from '../support/raw-socket.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(async () => {
  expect((await opened.post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  await opened.close();
});

const read = 'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { seq } }';
const mutate = 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }';

describe('an operation id that is used again before its first operation has ended', () => {
  test.each([read, mutate])('leaves the second one cancellable: %s', { timeout: 2_000 }, async query => {
    const socket = await openRawSocket(opened.server.address.port, { payload: { apiKey: opened.key } });
    const first = opened.nextRun();
    socket.say({ id: 'x', type: 'subscribe', payload: { query } });
    await first;
    const second = opened.nextRun();
    socket.say({ id: 'x', type: 'complete' }, { id: 'x', type: 'subscribe', payload: { query } });
    const run = await second;
    // The first one has come to its end by now, in whichever order its parts did.
    socket.say({ type: 'ping' });
    await socket.heard('pong');
    expect([(await first).isCancelled, run.isCancelled]).toEqual([true, false]);
    socket.destroy();
    await run.cancelled;
  });
});
