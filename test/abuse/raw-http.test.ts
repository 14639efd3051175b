import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';

vi.setConfig({ testTimeout: 20_000 });

let opened: OpenedServer;
/** Waits long for the whole of a request, and not long for its head. */
let hasty: OpenedServer;
beforeAll(async () => {
  hasty = await openServer({ requestLimits: { headMs: 300, wholeMs: 60_000 } });
  opened = await openServer({ requestLimits: { headMs: 300, wholeMs: 900 } });
});
afterAll(async () => {
  expect((await opened.post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  await opened.close();
  await hasty.close();
});

interface Dialled {
  readonly socket: Socket;
  /** All that came, once the server has closed. */
  readonly received: Promise<string>;
}

function dial(text = '', port = opened.server.address.port): Dialled {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  if (text !== '') socket.write(text, 'latin1');
  return { socket, received: new Promise(resolve => socket.once('close', () => resolve(received))) };
}

const statusesIn = (received: string) =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const paid = JSON.stringify({
  query: 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }',
});
const head = (path: string, more: string) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${opened.key}\r\ncontent-type: application/json\r\n${more}\r\n`;
const smuggled = () => `${head('/graphql', `content-length: ${paid.length}\r\n`)}${paid}`;
const query = '{"query":"{ __typename }"}';

describe('a request that two servers could read in two ways is refused, and what hides in it is not carried out:', () => {
  const requests: Readonly<Record<string, () => string>> = {
    'Content-Length and Transfer-Encoding': () =>
      `${head('/graphql', `content-length: 5\r\ntransfer-encoding: chunked\r\n`)}0\r\n\r\n${smuggled()}`,
    'two lengths that differ': () =>
      `${head('/graphql', 'content-length: 5\r\ncontent-length: 6\r\n')}{"a":1}${smuggled()}`,
    'two lengths that are the same': () =>
      `${head('/graphql', `content-length: ${query.length}\r\ncontent-length: ${query.length}\r\n`)}${query}${smuggled()}`,
    'a list of lengths': () => `${head('/graphql', 'content-length: 5, 6\r\n')}{"a":1}${smuggled()}`,
    'a length with a sign': () => `${head('/graphql', 'content-length: +5\r\n')}{"a":${smuggled()}`,
    'a negative length': () => `${head('/graphql', 'content-length: -1\r\n')}${smuggled()}`,
    'chunked, and something behind it': () =>
      `${head('/graphql', 'transfer-encoding: chunked, identity\r\n')}0\r\n\r\n${smuggled()}`,
    'chunked, misspelt': () => `${head('/graphql', 'transfer-encoding: xchunked\r\n')}0\r\n\r\n${smuggled()}`,
    'a size of a chunk that is no number': () =>
      `${head('/graphql', 'transfer-encoding: chunked\r\n')}ZZ\r\n${smuggled()}`,
    'a size of a chunk beyond all bounds': () =>
      `${head('/graphql', 'transfer-encoding: chunked\r\n')}ffffffffffffffffff\r\n${smuggled()}`,
    'a space before the colon': () => `${head('/graphql', 'content-length : 5\r\n')}{"a":${smuggled()}`,
    'a header that goes on in the next line': () =>
      `${head('/graphql', 'x: a\r\n content-length: 5\r\n')}${smuggled()}`,
    'a bare line feed in a header': () => `${head('/graphql', 'x: a\ncontent-length: 5\r\n')}${smuggled()}`,
    'a bare carriage return in a header': () => `${head('/graphql', 'x: a\rcontent-length: 5\r\n')}${smuggled()}`,
    'NUL in a header': () => `${head('/graphql', 'x: a\0b\r\n')}${smuggled()}`,
    'no Host': () => `POST /graphql HTTP/1.1\r\ncontent-length: 0\r\n\r\n${smuggled()}`,
    'a head of 40 KB': () => `${head('/graphql', `x: ${'a'.repeat(40_000)}\r\n`)}${smuggled()}`,
    'another protocol': () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled()}`,
  };

  test.each(Object.entries(requests))('%s', async (title, request) => {
    const before = opened.runs.length;
    const { received } = dial(request());
    const statuses = statusesIn(await received);
    expect([title, statuses.filter(status => status < 400)]).toEqual([title, []]);
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(opened.runs.length).toBe(before);
  });

  test('control: by itself it is carried out', async () => {
    const starting = opened.nextRun();
    const { socket } = dial(smuggled());
    (await starting).finish({ text: 'ok' });
    socket.destroy();
  });
});

describe('nothing is decided by the Host header, or by the address in front of a path:', () => {
  const targets = [
    'http://evil.example/v1/models',
    'http://127.0.0.1/metrics/../v1/models',
    '//evil.example/v1/models',
    '/v1/models',
    '/livez/../v1/models',
    '/v1/./models',
    '/%2e%2e/v1/models',
    '/v1/models?x=/livez',
    '/v1/models#/livez',
    '\\v1\\models',
    '*',
  ];
  const hosts = ['x', 'x/?', 'x/#', 'x/livez?', 'localhost', '127.0.0.1:1', 'user@x', '[::1]', ''];

  test.each(targets)('%s shows no stranger any model', async target => {
    for (const host of hosts) {
      const { received } = dial(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      const [status = 400] = statusesIn(await received);
      expect([400, 401, 404]).toContain(status);
    }
  });

  test('an address in front of the path is no path here, with the key either', async () => {
    for (const target of ['http://x/v1/models', 'https://x/v1/models', 'x:/v1/models']) {
      const { received } = dial(
        `GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${opened.key}\r\nconnection: close\r\n\r\n`,
      );
      const [status = 400] = statusesIn(await received);
      expect([400, 404]).toContain(status);
    }
  });

  test('control: with the key the path itself is answered, whatever the host is called', async () => {
    for (const host of hosts) {
      const { received } = dial(
        `GET /v1/models HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${opened.key}\r\nconnection: close\r\n\r\n`,
      );
      expect(statusesIn(await received)).toEqual([200]);
    }
  });
});

describe('who is slow is cut off:', () => {
  /** Goes on and on, a byte at a time. */
  function trickle(socket: Socket, byte: string): () => void {
    const sending = setInterval(() => socket.write(byte), 40);
    return () => clearInterval(sending);
  }

  test('a connection that says nothing', async () => {
    const { received } = dial('', hasty.server.address.port);
    expect(statusesIn(await received).filter(status => status < 400)).toEqual([]);
  });

  test('a head that comes byte by byte, with 408', async () => {
    const { socket, received } = dial('GET /livez HTTP/1.1\r\nx: ', hasty.server.address.port);
    const stop = trickle(socket, 'a');
    expect(statusesIn(await received)).toEqual([408]);
    stop();
  });

  test.each(['/graphql', '/v1/chat/completions', '/authz'])(
    'a body for %s that comes byte by byte, which begins nothing',
    async path => {
      const before = opened.runs.length;
      const { socket, received } = dial(`${head(path, 'content-length: 1000\r\n')}`);
      const stop = trickle(socket, ' ');
      const statuses = statusesIn(await received);
      stop();
      expect(statuses.filter(status => status < 400)).toEqual([]);
      expect(opened.runs.length).toBe(before);
    },
  );

  test('a body in chunks without an end', async () => {
    const { socket, received } = dial(head('/graphql', 'transfer-encoding: chunked\r\n'));
    const stop = trickle(socket, '1\r\n \r\n');
    expect(statusesIn(await received).filter(status => status < 400)).toEqual([]);
    stop();
  });

  test('a body that is shorter than it says', async () => {
    const before = opened.runs.length;
    const { socket, received } = dial(`${head('/graphql', `content-length: ${paid.length + 1}\r\n`)}${paid}`);
    socket.end();
    expect(statusesIn(await received).filter(status => status < 400)).toEqual([]);
    expect(opened.runs.length).toBe(before);
  });

  test('control: an answer may take longer than a request', async () => {
    const starting = opened.nextRun();
    const answering = opened.post('/graphql', paid);
    const run = await starting;
    // The limits are over once a connection that was opened after it, and says nothing, is closed.
    await dial().received;
    await dial().received;
    run.finish({ text: 'ok' });
    expect((await answering).status).toBe(200);
  });
});

test('a body may say that it continues only once it was asked to, and is read then', async () => {
  const { socket, received } = dial(
    head('/graphql', `content-length: ${query.length}\r\nexpect: 100-continue\r\nconnection: close\r\n`),
  );
  await once(socket, 'data');
  socket.write(query);
  expect(statusesIn(await received)).toEqual([100, 200]);
});

test('more connections than are allowed are closed, and the first ones are served on', async () => {
  const own = await openServer({ maxConnections: 50 });
  const { port } = own.server.address;
  try {
    const first = dial('', port);
    await once(first.socket, 'connect');
    const flood = Array.from({ length: 300 }, () => dial('', port));
    const refused = await Promise.all(flood.slice(60).map(({ received }) => received));
    expect(refused).toHaveLength(240);
    const answer = once(first.socket, 'data');
    first.socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(String(await answer)).toContain('200 OK');
    for (const { socket } of [first, ...flood]) socket.destroy();
  } finally {
    await own.close();
  }
});
