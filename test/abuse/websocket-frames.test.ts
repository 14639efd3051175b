import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { openRawSocket, type RawSocket, upgradeRequest } from '../support/raw-socket.ts';

vi.setConfig({ testTimeout: 20_000 });

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(async () => {
  expect((await opened.post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  await opened.close();
});

const ready = () => openRawSocket(opened.server.address.port, { payload: { apiKey: opened.key } });

/** The code in the frame that closes the socket. */
async function closeCode(socket: RawSocket): Promise<number> {
  const closing = () => Buffer.from(socket.received(), 'latin1').lastIndexOf(0x88);
  await vi.waitFor(() => expect(closing()).toBeGreaterThan(0), 10_000);
  const bytes = Buffer.from(socket.received(), 'latin1');
  const at = closing();
  socket.destroy();
  return bytes.readUInt16BE(at + 2);
}

/** One frame with a mask of zeros. */
function rawFrame(first: number, length: number | bigint, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, body]);
}

const text = 0x81;
const begins = 0x01;
const goesOn = 0x00;

test('a frame that says it is 100 MiB closes the socket with 1009 before any of it has come', async () => {
  const socket = await ready();
  socket.tcp.write(rawFrame(text, 100 * 1_048_576));
  expect(await closeCode(socket)).toBe(1009);
});

test('pieces of one message that are together larger than 1 MiB close it with 1009', async () => {
  const socket = await ready();
  socket.tcp.write(rawFrame(begins, 600_000, Buffer.alloc(600_000, 0x20)));
  socket.tcp.write(rawFrame(goesOn, 600_000, Buffer.alloc(600_000, 0x20)));
  expect(await closeCode(socket)).toBe(1009);
});

test('a flood of empty pieces of one message closes it with 1008', async () => {
  const socket = await ready();
  socket.tcp.write(rawFrame(begins, 0));
  const pieces = Buffer.concat(Array.from({ length: 20_000 }, () => rawFrame(goesOn, 0)));
  for (let at = 0; at < 10 && !socket.tcp.destroyed; at += 1) socket.tcp.write(pieces);
  expect(await closeCode(socket)).toBe(1008);
});

test('a frame that breaks the protocol closes it: not masked, reserved bits, an unknown kind', async () => {
  for (const [bytes, code] of [
    [Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    [rawFrame(0xf1, 0), 1002],
    [rawFrame(0x83, 0), 1002],
    [rawFrame(text, 2, Buffer.from([0xff, 0xfe])), 1007],
  ] as const) {
    const socket = await ready();
    socket.tcp.write(bytes);
    expect(await closeCode(socket)).toBe(code);
  }
});

test('control: one MiB less a little is read, in one piece or in several', async () => {
  const filler = 'x'.repeat(1_000_000);
  const message = Buffer.from(
    JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }', variables: { filler } } }),
  );
  const whole = await ready();
  whole.tcp.write(rawFrame(text, message.length, message));
  await whole.heard('complete');
  whole.destroy();
  const half = await ready();
  half.tcp.write(rawFrame(begins, 500_000, message.subarray(0, 500_000)));
  half.tcp.write(rawFrame(0x80, message.length - 500_000, message.subarray(500_000)));
  await half.heard('complete');
  half.destroy();
});

test('compression is not taken up, however it is offered: there is no bomb to inflate', async () => {
  const socket = connect(opened.server.address.port, '127.0.0.1');
  socket.write(upgradeRequest('/graphql', 'sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n'));
  const answer = await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1.1 101/);
  expect(answer.toLowerCase()).not.toContain('sec-websocket-extensions');
});

test.each(['graphql-ws', 'graphql-subscriptions', 'x'])(
  'the protocol %s is not spoken: the socket ends, and nothing is begun',
  async protocol => {
    const before = opened.runs.length;
    const socket = new WebSocket(`${opened.server.url.replace('http', 'ws')}/graphql`, protocol);
    const ended = await new Promise<string>(resolve => {
      socket.on('open', () => {
        socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: opened.key } }));
        const query = 'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { seq } }';
        socket.send(JSON.stringify({ type: 'start', id: '1', payload: { query } }));
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
      });
      socket.on('close', code => resolve(String(code)));
      socket.on('error', error => resolve(error.message));
    });
    expect(ended).toMatch(/4406|subprotocol|Unexpected server response: 400/);
    expect(opened.runs.length).toBe(before);
  },
);
