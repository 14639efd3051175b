import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createHttpProvider, type HttpProviderOptions } from '../../src/providers/http-provider.ts';
import { openaiCompatible } from '../../src/providers/openai-compatible/openai-compatible.ts';
import type { ProviderEvent } from '../../src/providers/provider.ts';
import {
  adapterFor,
  collect,
  delta,
  done,
  failureOf,
  lastFailure,
  start,
  stop,
  unary,
  whole,
} from '../support/called-provider.ts';
import { clearedRequest } from '../support/cleared-request.ts';
import { chunk, head, lastChunk, type RawScript, streamHead, wholeAnswer } from '../support/raw-provider.ts';

describe('a call', () => {
  test('sends key, own headers, query and trace to the base URL, and nothing compressed is asked for', async () => {
    const provider = await start(exchange => void exchange.write(whole));
    const adapter = createHttpProvider(
      {
        id: 'acme',
        baseUrl: `${provider.url}/base/v1/?api-version=1`,
        apiKey: 'key-of-acme',
        headers: { 'X-Team': 'blue', authorization: 'not this' },
        query: { tier: 'a b' },
      },
      openaiCompatible,
    );
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await collect(adapter, { traceparent });
    const [request] = provider.requests;
    expect(request?.method).toBe('POST');
    expect(request?.path).toBe('/base/v1/chat/completions?api-version=1&tier=a+b');
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer key-of-acme',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'x-team': 'blue',
      traceparent,
    });
    await adapter.close();
  });

  test('delivers a whole answer, and all of one read in one write', async () => {
    const provider = await start(
      exchange => void exchange.write(whole.replace('\r\n\r\n', '\r\nx-request-id: r-1\r\n\r\n')),
    );
    const batches: (readonly ProviderEvent[])[] = [];
    for await (const batch of adapterFor(provider.url).call(clearedRequest(), new AbortController().signal)) {
      batches.push(batch);
    }
    expect(batches).toEqual([
      [
        { type: 'accepted', status: 200, requestId: 'r-1' },
        { type: 'text', text: 'Hi' },
        { type: 'finish', reason: 'STOP' },
        { type: 'end' },
      ],
    ]);
  });

  test('is unary upstream where no stream was asked for', async () => {
    const provider = await start(exchange => void exchange.write(wholeAnswer(200, unary)));
    const events = await collect(adapterFor(provider.url), { stream: false });
    expect(events.map(event => event.type)).toEqual(['accepted', 'text', 'finish', 'end']);
    expect(JSON.parse(provider.requests[0]?.body ?? '')).toMatchObject({ stream: false });
  });

  test('reads a whole object where a stream was asked for', async () => {
    const provider = await start(exchange => void exchange.write(wholeAnswer(200, unary)));
    expect((await collect(adapterFor(provider.url))).at(-1)).toEqual({ type: 'end' });
  });

  test('uses the connection of a whole answer again', async () => {
    const provider = await start(exchange => void exchange.write(whole));
    const adapter = adapterFor(provider.url);
    for (let turn = 0; turn < 3; turn += 1) {
      await collect(adapter);
      // The pool takes a connection back in its next turn.
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(provider.connections).toBe(1);
  });

  test('hangs up on a provider that does not end a whole answer', async () => {
    let hungUp: Promise<number> | undefined;
    const provider = await start(exchange => {
      ({ hungUp } = exchange);
      void exchange.write(`${streamHead()}${chunk(delta('Hi') + stop + done)}`);
    });
    expect((await collect(adapterFor(provider.url))).at(-1)).toEqual({ type: 'end' });
    await hungUp;
  });

  test('ignores what comes after the end', async () => {
    const late = `${streamHead()}${chunk(delta('Hi') + stop + done + delta('more') + done)}${lastChunk}`;
    const provider = await start(exchange => void exchange.write(late));
    const events = await collect(adapterFor(provider.url));
    expect(events.map(event => event.type)).toEqual(['accepted', 'text', 'finish', 'end']);
  });
});

describe('a failure', () => {
  test('is unreachable where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    server.close();
    await once(server, 'close');
    const failure = lastFailure(await collect(adapterFor(`http://127.0.0.1:${port}`)));
    expect(failure).toEqual({ kind: 'unreachable', detail: 'ECONNREFUSED' });
  });

  const beforeAnswer: readonly (readonly [string, RawScript])[] = [
    ['a reset', exchange => exchange.reset()],
    ['a FIN', exchange => exchange.end()],
    ['half a head', exchange => void exchange.write('HTTP/1.1 200 OK\r\ncontent-ty').then(exchange.end)],
  ];
  test.each(beforeAnswer)('is unreachable after %s in place of an answer', async (_, script) => {
    expect(await failureOf(script)).toMatchObject({ kind: 'unreachable' });
  });

  test('is of protocol where the answer is no HTTP', async () => {
    expect(await failureOf(exchange => void exchange.write('SSH-2.0-OpenSSH_9\r\n\r\n'))).toEqual({
      kind: 'protocol',
      detail: 'HTTPParserError',
    });
  });

  const half = chunk(delta('Hi'));
  const cuts: readonly (readonly [string, RawScript])[] = [
    ['a reset', exchange => void exchange.write(streamHead() + half).then(exchange.reset)],
    ['a FIN without the last chunk', exchange => void exchange.write(streamHead() + half).then(exchange.end)],
    ['a clean end without a marker', exchange => void exchange.write(streamHead() + half + lastChunk)],
    ['a bad chunk', exchange => void exchange.write(`${streamHead()}${half}zz\r\n`)],
    [
      'the end of a connection that has no other end',
      exchange =>
        void exchange
          .write(head(200, { 'content-type': 'text/event-stream', connection: 'close' }) + delta('Hi'))
          .then(exchange.end),
    ],
    [
      'a Content-Length that is too long',
      exchange =>
        void exchange
          .write(head(200, { 'content-type': 'text/event-stream', 'content-length': '999' }) + delta('Hi'))
          .then(exchange.end),
    ],
    [
      'a Content-Length that is too short',
      exchange =>
        void exchange.write(
          head(200, { 'content-type': 'text/event-stream', 'content-length': '70' }) + delta('Hi') + stop,
        ),
    ],
  ];
  test.each(cuts)('is a cut, and the text before it is delivered, after %s', async (_, script) => {
    const provider = await start(script);
    const events = await collect(adapterFor(provider.url));
    expect(events[0]?.type).toBe('accepted');
    expect(events).toContainEqual({ type: 'text', text: 'Hi' });
    expect(lastFailure(events)?.kind).toBe('cut');
  });

  test('is none where the connection breaks after the finish', async () => {
    const provider = await start(
      exchange => void exchange.write(streamHead() + chunk(delta('Hi') + stop)).then(exchange.reset),
    );
    expect((await collect(adapterFor(provider.url))).at(-1)).toEqual({ type: 'end' });
  });

  test('is a cut where a unary answer breaks off', async () => {
    const script: RawScript = exchange =>
      void exchange
        .write(head(200, { 'content-type': 'application/json', 'content-length': '500' }) + unary)
        .then(exchange.end);
    expect(await failureOf(script, { stream: false })).toMatchObject({ kind: 'cut' });
  });

  test('never follows a redirect, and shows the key to nobody else', async () => {
    const trap = await start(exchange => void exchange.write(whole));
    for (const status of [301, 302, 303, 307, 308]) {
      const failure = await failureOf(
        exchange => void exchange.write(wholeAnswer(status, '', { location: `${trap.url}/v1/chat/completions` })),
      );
      expect(failure).toEqual({ kind: 'protocol', status, detail: `redirect ${status}, not followed` });
    }
    expect(trap.connections).toBe(0);
    // The control: the trap does see a call that is meant for it.
    await collect(adapterFor(trap.url));
    expect(trap.requests[0]?.headers.authorization).toBe('Bearer key-of-acme');
  });

  test('is of protocol for HTML with status 200', async () => {
    const html: RawScript = exchange =>
      void exchange.write(wholeAnswer(200, '<html>login</html>', { 'content-type': 'text/html' }));
    expect(await failureOf(html)).toMatchObject({ kind: 'protocol', detail: 'HTML' });
  });

  test('is of protocol for an answer that is compressed though identity was asked for', async () => {
    const body = gzipSync(unary);
    const script: RawScript = async exchange => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      await exchange.write(head(200, { ...headers, 'content-length': String(body.length) }));
      await exchange.write(body);
    };
    expect(await failureOf(script, { stream: false })).toMatchObject({ kind: 'protocol' });
  });

  test('is of protocol for JSON that is broken', async () => {
    const script: RawScript = exchange => void exchange.write(streamHead() + chunk('data: {"choices":[\n\n'));
    expect(await failureOf(script)).toMatchObject({ kind: 'protocol' });
  });

  test('stops a line without end at the limit, not at its end', async () => {
    let written = 0;
    const provider = await start(async exchange => {
      let isGone = false;
      void exchange.hungUp.then(() => {
        isGone = true;
      });
      await exchange.write(`${streamHead()}${chunk('data: ')}`);
      const piece = chunk('x'.repeat(65_536));
      while (!isGone && written < 50 * 1_048_576) {
        await exchange.write(piece);
        written += piece.length;
      }
    });
    expect(lastFailure(await collect(adapterFor(provider.url)))).toMatchObject({
      kind: 'protocol',
      detail: 'event too large',
    });
    expect(written).toBeLessThan(20 * 1_048_576);
  });

  test('is classified by an error body, of which at most 64 KiB is read', async () => {
    const body = JSON.stringify({ error: { code: 'model_not_found', message: 'x' } });
    expect(await failureOf(exchange => void exchange.write(wholeAnswer(400, body)))).toMatchObject({
      kind: 'model-not-found',
      status: 400,
    });
    const endless: RawScript = async exchange => {
      let isGone = false;
      void exchange.hungUp.then(() => {
        isGone = true;
      });
      await exchange.write(head(503, { 'retry-after': '7', 'transfer-encoding': 'chunked' }));
      while (!isGone) await exchange.write(chunk('<'.repeat(16_384)));
    };
    expect(await failureOf(endless)).toMatchObject({ kind: 'overloaded', status: 503, retryAfterMs: 7_000 });
  });

  test('holds nothing that the provider wrote', async () => {
    const secret = 'mountain-lantern-77';
    const error = JSON.stringify({
      error: { message: secret, code: `${secret} x`, type: `${secret}!`, param: secret },
    });
    const scripts: readonly RawScript[] = [
      exchange => void exchange.write(wholeAnswer(400, error)),
      exchange => void exchange.write(wholeAnswer(500, secret)),
      exchange => void exchange.write(wholeAnswer(200, secret)),
      exchange => void exchange.write(streamHead() + chunk(`event: error\ndata: ${error}\n\n`) + lastChunk),
      exchange => void exchange.write(streamHead() + chunk(`data: ${secret}\n\n`) + lastChunk),
    ];
    for (const script of scripts) {
      const failure = await failureOf(script);
      expect(failure).toBeDefined();
      expect(JSON.stringify(failure)).not.toContain(secret);
    }
  });
});

describe('options', () => {
  const base = { id: 'acme', baseUrl: 'https://api.example.com/v1' };
  const wrong: readonly (readonly [string, Partial<HttpProviderOptions>])[] = [
    ['id', { id: 'Acme@x' }],
    ['baseUrl', { baseUrl: 'api.example.com' }],
    ['baseUrl', { baseUrl: 'file:///etc/passwd' }],
    ['baseUrl', { baseUrl: 'https://user:word@api.example.com' }],
    ['headers.host', { headers: { Host: 'other' } }],
    ['headers.x-a', { headers: { 'x-a': 'one\r\nx-b: two' } }],
    ['apiKey.authorization', { apiKey: 'secret\nword' }],
    ['connectMs', { connectMs: 0 }],
  ];
  test.each(wrong)('names %s where it is wrong, and not its value', (name, options) => {
    const make = (): unknown => createHttpProvider({ ...base, ...options }, openaiCompatible);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(new RegExp(`^${name}:`));
    expect(make).not.toThrow(/word|two/);
  });

  test('says whether the key is missing', () => {
    expect(createHttpProvider({ ...base, apiKey: '' }, openaiCompatible).hasCredential).toBe(false);
    expect(createHttpProvider({ ...base, apiKey: 'k' }, openaiCompatible).hasCredential).toBe(true);
    expect(createHttpProvider(base, openaiCompatible).hasCredential).toBe(true);
  });

  test('go through a proxy, but not to hosts that are spoken to directly', async () => {
    const provider = await start(exchange => void exchange.write(whole));
    const proxy = await start(exchange => void exchange.write('HTTP/1.1 200 Connected\r\n\r\n').then(exchange.end));
    const direct = adapterFor(provider.url, { proxy: { httpProxy: proxy.url, noProxy: '127.0.0.1' } });
    expect((await collect(direct)).at(-1)).toEqual({ type: 'end' });
    expect(proxy.connections).toBe(0);
    const proxied = adapterFor(provider.url, { proxy: { httpProxy: proxy.url } });
    expect(lastFailure(await collect(proxied))?.kind).toBe('unreachable');
    expect(proxy.requests[0]?.method).toBe('CONNECT');
  });
});
