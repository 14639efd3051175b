import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type OpenedServer, openServer } from '../http/open-server.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(async () => {
  expect((await opened.post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  await opened.close();
});

const read = 'subscription { complete(input: { messages: [{ role: USER, text: "x" }] }) { seq } }';

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

interface Wire {
  readonly socket: WebSocket;
  readonly frames: readonly Frame[];
  send(frame: unknown): void;
  /** The next frame that passes. */
  next(passes: (frame: Frame) => boolean): Promise<Frame>;
  readonly closed: Promise<number>;
}

async function open(options: { readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Wire> {
  const socket = new WebSocket(`${opened.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
  const frames: Frame[] = [];
  let notify: (() => void) | undefined;
  socket.on('message', data => {
    frames.push(JSON.parse(String(data)));
    notify?.();
  });
  const closed = new Promise<number>(resolve => {
    socket.on('close', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return {
    socket,
    frames,
    closed,
    send: frame => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next: passes =>
      new Promise(resolve => {
        notify = () => {
          const frame = frames.find(passes);
          if (frame !== undefined) resolve(frame);
        };
        notify();
      }),
  };
}

async function ready(): Promise<Wire> {
  const wire = await open();
  wire.send({ type: 'connection_init', payload: { apiKey: opened.key } });
  await wire.next(({ type }) => type === 'connection_ack');
  return wire;
}

describe('closes the socket', () => {
  test('on a second connection_init', async () => {
    const wire = await ready();
    wire.send({ type: 'connection_init', payload: { apiKey: opened.key } });
    expect(await wire.closed).toBe(4429);
  });

  test('on an operation before connection_init', async () => {
    const wire = await open();
    wire.send({ type: 'subscribe', id: '1', payload: { query: read } });
    expect(await wire.closed).toBe(4401);
  });

  test('on an id that is in use', async () => {
    const wire = await ready();
    const starting = opened.nextRun();
    wire.send({ type: 'subscribe', id: '1', payload: { query: read } });
    const run = await starting;
    wire.send({ type: 'subscribe', id: '1', payload: { query: read } });
    expect(await wire.closed).toBe(4409);
    await run.cancelled;
  });

  test('on what is no message', async () => {
    for (const garbage of ['{', '[]', '{"type":"nonsense"}', '{"type":"subscribe","id":"","payload":{}}']) {
      const wire = await ready();
      wire.send(garbage);
      expect(await wire.closed).toBe(4400);
    }
  });

  test('on a message larger than 1 MiB', async () => {
    const wire = await ready();
    wire.send({ type: 'subscribe', id: '1', payload: { query: read, variables: { filler: 'x'.repeat(1_100_000) } } });
    expect(await wire.closed).toBe(1009);
  });

  test('on two different credentials', async () => {
    const wire = await open({ headers: { 'x-api-key': 'another' } });
    wire.send({ type: 'connection_init', payload: { apiKey: opened.key } });
    expect(await wire.closed).toBe(4400);
  });

  test('that does not say who it is in time', async () => {
    const hasty = await openServer();
    const socket = new WebSocket(`${hasty.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const code = await new Promise(resolve => {
      socket.on('close', resolve);
    });
    expect(code).toBe(4408);
    await hasty.close();
  }, 6_000);
});

test('33 operations at once: the last is refused with a code, the others go on, and closing cancels them all', async () => {
  const wire = await ready();
  const before = opened.runs.length;
  for (let id = 1; id <= 33; id += 1) wire.send({ type: 'subscribe', id: String(id), payload: { query: read } });
  const refusal = await wire.next(({ type }) => type === 'error');
  expect(JSON.stringify(refusal.payload)).toContain('RATE_LIMITED');
  const pong = wire.next(({ type }) => type === 'pong');
  wire.send({ type: 'ping' });
  await pong;
  const mine = opened.runs.slice(before);
  expect(mine).toHaveLength(32);
  expect(mine.some(run => run.isCancelled)).toBe(false);
  wire.socket.terminate();
  await Promise.all(mine.map(run => run.cancelled));
});

test('a browser of another origin is refused, one of this server and one without an origin are not', async () => {
  const refused = await open({ headers: { origin: 'https://evil.example' } }).then(
    () => 'opened',
    error => String(error),
  );
  expect(refused).toContain('403');
  const own = await open({ headers: { origin: opened.server.url } });
  own.socket.close();
  const spoofed = await open({ headers: { origin: 'https://evil.example', host: 'evil.example' } }).then(
    () => 'opened',
    error => String(error),
  );
  expect(spoofed).toContain('403');
});

test('an upgrade to another path is refused', async () => {
  const socket = new WebSocket(
    `${opened.server.url.replace('http', 'ws')}/v1/chat/completions`,
    'graphql-transport-ws',
  );
  const error = await new Promise(resolve => {
    socket.on('error', resolve);
  });
  expect(String(error)).toContain('404');
});
