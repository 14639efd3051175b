import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { openRawSocket, upgradeRequest } from '../support/raw-socket.ts';

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

function dial(server: OpenedServer, text = ''): Socket {
  const socket = connect({ port: server.server.address.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

/** Resolves when the server has let go of the connection, in whichever way. */
function gone(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    for (const event of ['end', 'error', 'close']) socket.once(event, () => resolve());
  });
}

describe('an upgrade that is refused', () => {
  test.each([
    ['for its path', upgradeRequest('/nothing')],
    ['for its origin', upgradeRequest('/graphql', 'origin: https://evil.example\r\n')],
  ])('%s keeps no connection, though its client does not hang up', { timeout: 2_000 }, async (_, request) => {
    const own = await openServer();
    const socket = dial(own, request).resume();
    await once(socket, 'end');
    // The half of the client is still open: the server must have let go of it by itself.
    await own.close();
    socket.destroy();
  });
});

describe('a client that reads nothing', () => {
  const asset = 'GET /graphql/graphiql.js HTTP/1.1\r\nhost: x\r\n\r\n';

  test('of an answer is cut off, though it goes on sending', { timeout: 4_000 }, async () => {
    const own = await openServer({ stallMs: 300 });
    const socket = dial(own, asset).pause();
    const sending = setInterval(() => socket.write('GET /livez HTTP/1.1\r\nx: '), 50);
    await gone(socket);
    clearInterval(sending);
    await own.close();
  });

  test('of its WebSocket is cut off, though it sends pongs', { timeout: 4_000 }, async () => {
    const own = await openServer({ stallMs: 300 });
    const raw = await openRawSocket(own.server.address.port, { payload: { apiKey: own.key } });
    const starting = own.nextRun();
    const query =
      'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { ... on TextDelta { text } } }';
    raw.say({ id: 'a', type: 'subscribe', payload: { query } });
    const run = await starting;
    raw.tcp.pause();
    run.start();
    run.deltas({ type: 'text', text: 'x'.repeat(16_000_000) });
    const pongs = setInterval(() => raw.tcp.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])), 50);
    await run.cancelled;
    clearInterval(pongs);
    raw.destroy();
    await own.close();
  });

  test.each([
    [
      'a subscription by server-sent events',
      '/graphql',
      JSON.stringify({ query: read.replace('seq', '... on TextDelta { text }') }),
    ],
    [
      'a stream of the OpenAI API',
      '/v1/chat/completions',
      JSON.stringify({ stream: true, messages: [{ role: 'user', content: 'x' }] }),
    ],
  ])('of %s is cut off, and its run is left', { timeout: 4_000 }, async (_, path, body) => {
    const own = await openServer({ stallMs: 300 });
    const starting = own.nextRun();
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${own.key}\r\naccept: text/event-stream\r\n`;
    const length = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const socket = dial(own, head + length + body).pause();
    const run = await starting;
    run.start();
    run.deltas({ type: 'text', text: 'x'.repeat(16_000_000) });
    await run.cancelled;
    socket.destroy();
    await own.close();
  });

  test('but one that reads slowly gets all of it (control)', { timeout: 4_000 }, async () => {
    const own = await openServer({ stallMs: 300 });
    const socket = dial(own, asset.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
    let received = '';
    let reads = 0;
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      reads += 1;
      // Longer than the guard waits, in all.
      if (reads % 8 !== 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), 25);
    });
    await once(socket, 'end');
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
    expect(received.length - received.indexOf('\r\n\r\n') - 4).toBe(length);
    socket.destroy();
    await own.close();
  });

  test('and asks 33 times on one connection is cut off, after 32 it is not', { timeout: 2_000 }, async () => {
    const chat = JSON.stringify({ query: mutate });
    const ask =
      `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${opened.key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${chat.length}\r\n\r\n${chat}`;
    const before = opened.runs.length;
    const socket = dial(opened, ask.repeat(31)).resume();
    while (opened.runs.length < before + 31) await opened.nextRun();
    const last = opened.nextRun();
    socket.write(ask);
    await last;
    expect(socket.destroyed).toBe(false);
    socket.write(ask);
    await gone(socket);
    await Promise.all(opened.runs.slice(before).map(run => run.cancelled));
  });
});

test('a connection above the most that are allowed is closed, and one below it is answered', {
  timeout: 2_000,
}, async () => {
  const own = await openServer({ maxConnections: 1 });
  const first = dial(own, 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(first, 'data');
  const second = dial(own).resume();
  await gone(second);
  first.destroy();
  await own.close();
});

describe('JSON in a chat of the OpenAI API', () => {
  // As text: what is to be refused is too deep for JSON.stringify as well.
  const bodyOf = (chat: (value: unknown) => unknown, levels: number) =>
    JSON.stringify(chat('HERE')).replace('"HERE"', `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  const user = { role: 'user', content: 'x' };
  const chats: Readonly<Record<string, (value: unknown) => unknown>> = {
    'parameters of a tool': parameters => ({
      messages: [user],
      tools: [{ type: 'function', function: { name: 't', parameters } }],
    }),
    'a schema': schema => ({
      messages: [user],
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    }),
    'details of reasoning': detail => ({
      messages: [user, { role: 'assistant', content: 'y', reasoning_details: [detail] }, user],
    }),
  };

  for (const [place, chat] of Object.entries(chats)) {
    test(`${place}: 65 and 5,000 levels are refused with 400, 64 are taken`, { timeout: 2_000 }, async () => {
      for (const levels of [65, 5_000]) {
        const response = await opened.post('/v1/chat/completions', bodyOf(chat, levels));
        expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('at most 64 deep')]);
      }
      const starting = opened.nextRun();
      const answering = opened.post('/v1/chat/completions', bodyOf(chat, 64));
      (await starting).finish({ text: 'ok' });
      expect((await answering).status).toBe(200);
    });
  }
});
