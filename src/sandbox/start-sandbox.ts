import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Answering, createAnswering } from './answer-request.ts';
import { anthropicWire } from './anthropic-wire.ts';
import { whenCounting } from './count-cached.ts';
import { geminiWire } from './gemini-wire.ts';
import { sandboxModels } from './models.ts';
import { openaiWire } from './openai-wire.ts';
import { createCallRecord, type SandboxCall } from './record-calls.ts';
import type { SandboxWire, WireTarget } from './sandbox-wire.ts';

export interface SandboxOptions {
  /** Default 0: any that is free. */
  readonly port?: number;
  /** A loopback address, and nothing else: the sandbox asks for no key. Default 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1';
  /** For models without a pace of their own. Default as fast as the client reads, sixteen tokens a write. */
  readonly tokensPerSecond?: number;
  /** Time to the first token, in milliseconds, for models without one of their own. Default 0. */
  readonly firstTokenMs?: number;
  /** Called when a call ends, by whichever side. */
  readonly onCallEnd?: (call: SandboxCall) => void;
}

export interface Sandbox {
  /** The origin, without a slash at its end: `http://127.0.0.1:4321`. */
  readonly url: string;
  /** Facts of the latest thousand calls, oldest first; no content. */
  readonly calls: readonly SandboxCall[];
  /** Closes every connection, those in use too. */
  close(): Promise<void>;
}

/** Longer than any client of ours keeps an idle connection, so that none is closed while a request is on its way. */
const keepAliveMs = 120_000;
const bodyLimitBytes = 32 * 1024 * 1024;
const geminiPath = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent)$/;

/**
 * Starts a provider simulator: real HTTP on loopback, in the wire formats of OpenAI, Anthropic and Gemini.
 *
 * Answers are deterministic; what goes wrong is chosen by the model's name (`sandboxModels`).
 *
 * @throws {TypeError} for an option that makes no sense; the error of `listen` where the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', tokensPerSecond = Number.POSITIVE_INFINITY, firstTokenMs = 0 } = options;
  if (host !== '127.0.0.1' && host !== '::1') throw new TypeError('host: the sandbox listens on loopback only');
  if (!(tokensPerSecond > 0)) throw new TypeError('tokensPerSecond: expected a number above 0');
  if (!(firstTokenMs >= 0)) throw new TypeError('firstTokenMs: expected a number of milliseconds, 0 or more');
  const record = createCallRecord(options.onCallEnd ?? (() => {}));
  const answering = createAnswering({ tokensPerSecond, firstTokenMs, record });
  const server = createServer({ noDelay: true, keepAliveTimeout: keepAliveMs }, (request, response) => {
    receive(request, response, answering);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host === '::1' ? '[::1]' : host}:${boundPort}`,
    calls: record.calls,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function receive(request: IncomingMessage, response: ServerResponse, answering: Answering): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (path === '/v1/models' && request.method === 'GET') {
    const data = sandboxModels.map(({ as }) => ({ id: as, object: 'model', created: 0, owned_by: 'sandbox' }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }));
    return;
  }
  const route = findRoute(path);
  if (route === undefined || request.method !== 'POST') {
    const [wire, status] = [route?.wire ?? openaiWire, route === undefined ? 404 : 405];
    request.resume();
    answering.fail(response, wire, { status, kind: 'status' }, `${status === 404 ? 'No such path' : 'Use POST'}.`);
    return;
  }
  if (route.target.stream === true && !new URLSearchParams(query).getAll('alt').includes('sse')) {
    request.resume();
    const message = 'The sandbox streams server-sent events only: add alt=sse.';
    answering.fail(response, route.wire, { status: 400, kind: 'status' }, message);
    return;
  }
  readBody(request, body => {
    if (body !== undefined) whenCounting(() => answerSafely(response, answering, route, body));
    else answering.fail(response, route.wire, { status: 413, kind: 'status' }, 'The request is too large.');
  });
}

/** It runs inside a gateway: whatever a request contrives, a schema nested beyond the stack too, ends that request only. */
function answerSafely(response: ServerResponse, answering: Answering, { wire, target }: Route, body: string): void {
  try {
    answering.answer(response, wire, target, body);
  } catch {
    if (response.headersSent) response.destroy();
    else answering.fail(response, wire, { status: 500, kind: 'status' }, 'The sandbox could not answer this request.');
  }
}

interface Route {
  readonly wire: SandboxWire;
  readonly target: WireTarget;
}

function findRoute(path: string): Route | undefined {
  if (path === '/v1/chat/completions') return { wire: openaiWire, target: {} };
  if (path === '/v1/messages') return { wire: anthropicWire, target: {} };
  const match = geminiPath.exec(path);
  if (match === null) return undefined;
  const [, name = '', method] = match;
  try {
    return {
      wire: geminiWire,
      target: { model: decodeURIComponent(name), stream: method === 'streamGenerateContent' },
    };
  } catch {
    return undefined;
  }
}

/** Hands over the body as text, or nothing where it is too large: what came after the limit is not kept. */
function readBody(request: IncomingMessage, onBody: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bodyLimitBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on('end', () => {
    onBody(
      size > bodyLimitBytes ? undefined : chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString(),
    );
  });
}
