import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeServer, type Server } from 'graphql-ws';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { carryFrames } from '../../src/http/carry-frames.ts';
import { frame, openRawSocket } from '../support/raw-socket.ts';

type Protocol = Server<{ readonly socket: WebSocket }>;

let close: () => void = () => {};
afterEach(() => close());

async function listen(protocol: Protocol, isAcknowledged = false): Promise<{ port: number; sockets: WebSocketServer }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, maxPayload: 1_048_576 });
  const stop = carryFrames(sockets, protocol, () => isAcknowledged);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  close = () => {
    stop();
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  };
  return { port: (http.address() as AddressInfo).port, sockets };
}

describe('a client that does not read', () => {
  test('is not read from either, and is answered in full once it reads', { timeout: 2_000 }, async () => {
    const answer = 'x'.repeat(65_536);
    const answering: Protocol = {
      opened(socket) {
        socket.onMessage(async () => void (await socket.send(answer)));
        return async () => {};
      },
    };
    const { port, sockets } = await listen(answering);
    const connecting = once(sockets, 'connection') as Promise<[WebSocket, IncomingMessage]>;
    const raw = await openRawSocket(port);
    const [socket, { socket: tcp }] = await connecting;
    const paused = once(tcp, 'pause');
    raw.tcp.pause();
    // Read in more than one piece: what has been read already is answered.
    const flood = Array.from({ length: 600 }, () => frame('x'.repeat(1_000)));
    raw.tcp.write(Buffer.concat(flood));
    await paused;
    expect(socket.isPaused).toBe(true);
    expect(socket.bufferedAmount).toBeLessThan(12_000_000);
    let received = 0;
    const all = new Promise<void>(resolve => {
      raw.tcp.on('data', chunk => {
        received += chunk.length;
        if (received >= flood.length * answer.length) resolve();
      });
    });
    raw.tcp.resume();
    await all;
    raw.destroy();
  });

  test('nor answers the farewell is hung up on', { timeout: 2_000 }, async () => {
    const { port } = await listen(makeServer({ connectionInitWaitTimeout: 50 }) as Protocol);
    const raw = await openRawSocket(port);
    await once(raw.tcp, 'close');
  });
});

describe('a message of 20,000 bytes', () => {
  const ping = { type: 'ping', payload: { filler: 'x'.repeat(20_000) } };

  test('closes the socket of a client that has not said who it is', { timeout: 2_000 }, async () => {
    const { port } = await listen(makeServer({}) as Protocol);
    const raw = await openRawSocket(port);
    raw.say(ping);
    await once(raw.tcp, 'close');
    expect(raw.received()).toContain('Too large before connection_ack');
  });

  test('as a ping is answered with a bare pong to one that has', { timeout: 2_000 }, async () => {
    const { port } = await listen(makeServer({}) as Protocol, true);
    const raw = await openRawSocket(port);
    raw.say(ping);
    await raw.heard('pong');
    expect(raw.received()).toMatch(/\{"type":"pong"\}$/);
    expect(raw.received()).not.toContain('xxxx');
    raw.destroy();
  });
});
