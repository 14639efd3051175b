import { get as httpGet, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { json } from 'node:stream/consumers';
import OpenAI from 'openai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { chunk, done, streamHead } from '../support/openai-bytes.ts';
import { type RawExchange, type RawScript, startRawProvider, wholeAnswer } from '../support/raw-provider.ts';
import { nginxAbsence, openNginx, without } from './open-nginx.ts';

vi.setConfig({ testTimeout: 30_000 });

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Two nodes that answer byte for byte as scripted, and nginx before them. */
async function openNodes(script: RawScript, change?: (text: string) => string) {
  const nodes = [await startRawProvider(script), await startRawProvider(script)];
  open.push(...nodes);
  const nginx = await openNginx(
    nodes.map(({ url }) => url),
    change,
  );
  open.push(nginx);
  return { nginx, nodes, requests: () => nodes.flatMap(node => node.requests) };
}

/** A port that nobody listens on. */
async function closedUrl(): Promise<string> {
  const provider = await startRawProvider(() => {});
  await provider.close();
  return provider.url;
}

const answerOk: RawScript = async exchange => {
  await exchange.write(wholeAnswer(200, '{"data":{}}', { 'content-type': 'application/json' }));
  exchange.end();
};

function post(url: string, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Response> {
  const body = '{"query":"mutation { complete }"}';
  const all = { 'content-type': 'application/json', ...headers };
  return fetch(`${url}/graphql`, { method: 'POST', headers: all, body, ...(signal === undefined ? {} : { signal }) });
}

/** Asks for a path as it stands; `fetch` would tidy it up. */
async function get(url: string, path: string): Promise<readonly [status: number | undefined, body: unknown]> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpGet({ host: '127.0.0.1', port: new URL(url).port, path, agent: false }, resolve).on('error', reject);
  const answer = await promise;
  return [answer.statusCode, await json(answer)];
}

const readerOf = (response: Response) => (response.body as ReadableStream<Uint8Array>).getReader();

describe.skipIf(nginxAbsence !== '')(`nginx before two nodes${nginxAbsence}`, () => {
  test('asks both, and passes on whose request and which trace it is', async () => {
    const { nginx, nodes, requests } = await openNodes(answerOk);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'x-request-id': 'my-request', traceparent, authorization: 'Bearer x' };
    for (const _ of [1, 2, 3, 4]) expect((await post(nginx.url, headers)).status).toBe(200);
    expect(nodes.map(node => node.requests.length)).toEqual([2, 2]);
    for (const request of requests()) expect(request.headers).toMatchObject({ ...headers, connection: 'close' });
  });

  test('makes an id where there is none that can be one', async () => {
    const { nginx, requests } = await openNodes(answerOk);
    await post(nginx.url);
    await post(nginx.url, { 'x-request-id': 'two words' });
    const ids = requests().map(request => request.headers['x-request-id']);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(2);
  });

  test('hands each piece of a stream on before the next one is there', async () => {
    const { nginx, nodes } = await openNodes(async exchange => {
      await exchange.write(streamHead + chunk({ content: 'one' }));
      exchanges.push(exchange);
    });
    const exchanges: RawExchange[] = [];
    const reader = readerOf(await post(nginx.url));
    for (const word of ['one', 'two', 'three']) {
      // What is read here was written before anything further is: a proxy that waits for more would wait for ever.
      const { value } = await reader.read();
      expect(Buffer.from(value ?? []).toString()).toContain(`"${word}"`);
      const next = word === 'one' ? chunk({ content: 'two' }) : word === 'two' ? chunk({ content: 'three' }) : done;
      await exchanges[0]?.write(next);
    }
    exchanges[0]?.end();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('[DONE]');
    expect((await reader.read()).done).toBe(true);
    expect(nodes.map(node => node.requests.length).sort()).toEqual([0, 1]);
  });

  test('control: with buffers nothing arrives before the end', async () => {
    const { promise: written, resolve: tellWritten } = Promise.withResolvers<void>();
    const exchanges: RawExchange[] = [];
    const { nginx } = await openNodes(
      async exchange => {
        if (exchanges.length > 0) return await answerOk(exchange);
        exchanges.push(exchange);
        await exchange.write(streamHead + chunk({ content: 'one' }));
        tellWritten();
      },
      without('proxy_buffering off', 'proxy_buffering on'),
    );
    const order: string[] = [];
    const read = post(nginx.url)
      .then(response => readerOf(response).read())
      .then(() => order.push('piece'));
    await written;
    // They go the same way after it: a piece that is handed on at once is here before they are.
    for (const _ of [1, 2, 3, 4]) expect((await post(nginx.url)).status).toBe(200);
    order.push('end');
    exchanges[0]?.end();
    await read;
    expect(order).toEqual(['end', 'piece']);
  });

  test('never passes a cut answer off as whole', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
    const { nginx } = await openNodes(async exchange => {
      await exchange.write(`${head}5\r\nhello\r\n`);
      exchange.reset();
    });
    await expect((await post(nginx.url)).text()).rejects.toThrow();
  });

  test('hangs up on the node as soon as the caller leaves', async () => {
    const exchanges: RawExchange[] = [];
    const { nginx } = await openNodes(async exchange => {
      await exchange.write(streamHead + chunk({ content: 'one' }));
      exchanges.push(exchange);
    });
    const leaving = new AbortController();
    const reader = readerOf(await post(nginx.url, {}, leaving.signal));
    await reader.read();
    const leftAt = performance.now();
    leaving.abort();
    const hungUpAt = await exchanges[0]?.hungUp;
    expect((hungUpAt ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(5_000);
  });

  test('lets no other protocol through, and no path that asks for no key', async () => {
    const { nginx, requests } = await openNodes(answerOk);
    const other = ['/metrics', '/', '/graphqlx', '/v1', '/%6detrics'];
    // The second kind is a step up for whoever takes addresses as browsers do, and none for nginx.
    const upwards = [
      '/v1/../metrics',
      '/v1/..\\metrics',
      '/graphql/..\\..\\metrics',
      '/v1/%2e%2e/metrics',
      '/v1/..%5cmetrics',
    ];
    for (const path of [...other, ...upwards]) {
      expect(await get(nginx.url, path)).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
    }
    expect(requests()).toEqual([]);
    const { port } = new URL(nginx.url);
    const socket = createConnection({ port: Number(port), host: '127.0.0.1' });
    socket.write('GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
    await vi.waitFor(() => expect(requests()).toHaveLength(1), { timeout: 10_000 });
    socket.destroy();
    const [{ headers } = { headers: {} }] = requests();
    expect(headers).toMatchObject({ connection: 'close' });
    expect(headers).not.toHaveProperty('upgrade');
  });
});

/** A node that takes a request, and is gone before it answers: a provider may have been called by then. */
const takeAndDie: RawScript = exchange => exchange.reset();

describe.skipIf(nginxAbsence !== '')(`what a node may have carried out${nginxAbsence}`, () => {
  test('is not given to the other one, and the caller is told not to repeat it', async () => {
    const { nginx, requests } = await openNodes(takeAndDie);
    const response = await post(nginx.url, { 'x-request-id': 'lost' });
    expect(response.status).toBe(502);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-request-id')).toBe('lost');
    const { errors, error } = (await response.json()) as {
      readonly errors: readonly unknown[];
      readonly error: { readonly message: string };
    };
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL', retryable: false } }]);
    expect(error.message).toContain('may have been carried out');
    expect(requests()).toHaveLength(1);
  });

  test('control: with non_idempotent it is', async () => {
    const { nginx, requests } = await openNodes(
      takeAndDie,
      without('proxy_next_upstream error timeout;', 'proxy_next_upstream error timeout non_idempotent;'),
    );
    await post(nginx.url);
    expect(requests()).toHaveLength(2);
  });

  test('is not repeated by an OpenAI client either, which repeats a 502 unless it is told not to', async () => {
    const ask = async (change?: (text: string) => string) => {
      const { nginx, requests } = await openNodes(takeAndDie, change);
      const client = new OpenAI({ baseURL: `${nginx.url}/v1`, apiKey: 'x', maxRetries: 1 });
      const asked = client.chat.completions.create({ model: 'x', messages: [{ role: 'user', content: 'hi' }] });
      await expect(asked).rejects.toThrow('502');
      return requests().length;
    };
    expect(await ask()).toBe(1);
    const control = without('add_header X-Should-Retry $may_repeat always;');
    expect(await ask(control)).toBe(2);
  });
});

describe.skipIf(nginxAbsence !== '')(`where a node is away${nginxAbsence}`, () => {
  test('every request goes to the other one', async () => {
    const node = await startRawProvider(answerOk);
    open.push(node);
    const nginx = await openNginx([await closedUrl(), node.url]);
    open.push(nginx);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => post(nginx.url)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(node.requests).toHaveLength(6);
  });

  test('and the other one too, callers are told that nothing was carried out and that they may repeat it', async () => {
    const nginx = await openNginx([await closedUrl(), await closedUrl()]);
    open.push(nginx);
    const response = await post(nginx.url);
    expect(response.status).toBe(503);
    expect(response.headers.get('x-should-retry')).toBe('true');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('nothing was carried out'),
          extensions: { code: 'OVERLOADED', retryable: true },
        },
      ],
      error: { code: 'overloaded' },
    });
    expect((await fetch(`${nginx.url}/livez`)).status).toBe(200);
  });
});
