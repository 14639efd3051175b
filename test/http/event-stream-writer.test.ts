import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createEventStreamWriter } from '../../src/http/event-stream-writer.ts';

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
    headers: {},
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
  const writer = createEventStreamWriter(response, { headers: {}, onDrain() {}, onClose() {} });
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
  createEventStreamWriter(response, { headers: {}, onDrain() {}, onClose() {} }).write('data: 1\n\n');
  expect(await first).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*data: 1/);
});
