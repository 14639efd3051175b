import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createEventStreamWriter } from '../../src/http/event-stream-writer.ts';
import { sendJson } from '../../src/http/send-json.ts';

let server: Server | undefined;
let socket: Socket | undefined;
afterEach(() => {
  vi.useRealTimers();
  socket?.destroy();
  server?.closeAllConnections();
  server?.close();
});

/** A response whose client is a bare socket. */
async function openResponse(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  server = createServer((_, response) => resolve(response));
  await new Promise<void>(listening => {
    server?.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  return promise;
}

test('a client that takes nothing for the stall time is cut off, and its source told', async () => {
  const response = await openResponse();
  socket?.pause();
  const closed = Promise.withResolvers<void>();
  const writer = createEventStreamWriter(response, {
    headers: () => ({}),
    // Until every buffer on the way is full.
    onDrain: fill,
    onClose: closed.resolve,
    stallMs: 50,
  });
  function fill(): void {
    writer.write('x'.repeat(1_000_000));
  }
  fill();
  await closed.promise;
  expect(writer.isClosed).toBe(true);
});

test('a quiet stream is pinged every twelve seconds, and none once it has ended', async () => {
  const response = await openResponse();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let received = '';
  const { promise: pinged, resolve } = Promise.withResolvers<void>();
  socket?.on('data', data => {
    received += String(data);
    if (received.includes(':\n\n')) resolve();
  });
  const writer = createEventStreamWriter(response, { headers: () => ({}), onDrain() {}, onClose() {} });
  writer.open();
  vi.advanceTimersByTime(12_000);
  await pinged;
  writer.end();
  expect(vi.getTimerCount()).toBe(0);
});

test('the head leaves with the first event in one write', async () => {
  const response = await openResponse();
  const first = new Promise<string>(resolve => {
    socket?.once('data', data => resolve(String(data)));
  });
  createEventStreamWriter(response, { headers: () => ({}), onDrain() {}, onClose() {} }).write('data: 1\n\n');
  expect(await first).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*data: 1/);
});

test('a client that takes nothing after the end is cut off', { timeout: 2_000 }, async () => {
  const response = await openResponse();
  socket?.pause();
  const closed = once(response, 'close');
  const writer = createEventStreamWriter(response, { headers: () => ({}), onDrain() {}, onClose() {}, stallMs: 50 });
  writer.end('x'.repeat(16_000_000));
  await closed;
  expect(response.writableFinished).toBe(false);
});

test('a slow client that goes on reading gets all of it, however often the stall time passes', async () => {
  const response = await openResponse();
  const closed = once(response, 'close');
  let received = 0;
  socket?.on('data', data => {
    received += data.length;
    socket?.pause();
    // The pace of its reading: nothing waits for this.
    setTimeout(() => socket?.resume(), 1);
  });
  const writer = createEventStreamWriter(response, { headers: () => ({}), onDrain() {}, onClose() {}, stallMs: 200 });
  const began = performance.now();
  writer.end('x'.repeat(32_000_000));
  await closed;
  expect(response.writableFinished).toBe(true);
  expect(performance.now() - began).toBeGreaterThan(200);
  expect(received).toBeGreaterThan(0);
});

test('a JSON answer that its client does not read is cut off after 30 s; one that has left keeps its connection', async () => {
  const stalled = await openResponse();
  socket?.pause();
  sendJson(stalled, 200, 'x'.repeat(16_000_000));
  expect(stalled.socket?.timeout).toBe(30_000);
  stalled.socket?.emit('timeout');
  await once(stalled, 'close');
  expect(stalled.writableFinished).toBe(false);
  const taken = await openResponse();
  const { socket: connection } = taken;
  sendJson(taken, 200, '{}');
  await once(taken, 'close');
  expect([taken.writableFinished, connection?.destroyed]).toEqual([true, false]);
});
