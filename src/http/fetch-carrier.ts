import type { OutgoingHttpHeaders } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import type { IncomingRequest, OutgoingResponse } from './carrier.ts';

/** The classes of a server that brings its own; the global ones fit. */
export interface FetchClasses {
  readonly Response: new (
    body: ReadableStream,
    init: { readonly status: number; readonly headers: Headers },
  ) => Response;
  readonly Headers: new () => Headers;
}

/** A request of `fetch` as a handler written for Node takes it, and the response that the handler makes. */
export interface FetchExchange {
  readonly request: IncomingRequest;
  readonly response: OutgoingResponse;
  /** Resolves once the head is sent: what follows streams. Rejects where the caller leaves before. */
  readonly answer: Promise<Response>;
}

export interface FetchExchangeOptions {
  /** Headers as they came, names and values in turn, where more is known than `fetch` tells. */
  readonly rawHeaders?: readonly string[];
  readonly classes?: FetchClasses;
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Carries one request of `fetch` to a handler, and its answer back. A caller who leaves closes the answer at once. */
export function fetchExchange(fetched: Request, options: FetchExchangeOptions = {}): FetchExchange {
  const { promise: answer, resolve, reject } = Promise.withResolvers<Response>();
  const request = incoming(fetched, options.rawHeaders);
  const response = outgoing(options, resolve);
  const leave = () => response.destroy();
  if (fetched.signal.aborted) leave();
  else fetched.signal.addEventListener('abort', leave, { once: true });
  response.once('close', () => {
    fetched.signal.removeEventListener('abort', leave);
    reject(new Error('the caller has left'));
  });
  return { request, response, answer };
}

function incoming(fetched: Request, given: readonly string[] | undefined): IncomingRequest {
  const rawHeaders = given ?? [...fetched.headers].flat();
  // Names are the caller's: `constructor` and `__proto__` are names like any other.
  const headersDistinct: Record<string, string[]> = Object.create(null);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    headersDistinct[name] = [...(headersDistinct[name] ?? []), rawHeaders[at + 1] ?? ''];
  }
  const body = Readable.from(fetched.body === null ? [] : chunksOf(fetched.body), { objectMode: false });
  return Object.defineProperties(body as unknown as IncomingRequest, {
    method: { value: fetched.method },
    headers: { value: Object.fromEntries(fetched.headers) },
    headersDistinct: { value: headersDistinct },
    rawHeaders: { value: rawHeaders },
    complete: { get: () => body.readableEnded },
  });
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield Buffer.from(read.value);
  } finally {
    // One that is not read to its end is thrown away.
    await reader.cancel().catch(() => {});
  }
}

function outgoing(options: FetchExchangeOptions, send: (response: Response) => void): OutgoingResponse {
  const { classes = { Response, Headers }, headers: always = {} } = options;
  const body = new PassThrough();
  body.on('error', () => {});
  let head: { readonly status: number; readonly headers: OutgoingHttpHeaders } = { status: 200, headers: {} };
  let headersSent = false;

  function flush(): void {
    if (headersSent) return;
    headersSent = true;
    const headers = new classes.Headers();
    for (const [name, value] of Object.entries({ ...always, ...head.headers })) {
      for (const one of [value].flat()) if (one !== undefined) headers.append(name, String(one));
    }
    send(new classes.Response(Readable.toWeb(body) as ReadableStream, { status: head.status, headers }));
  }

  const write = body.write.bind(body);
  const end = body.end.bind(body);
  return Object.defineProperties(body as unknown as OutgoingResponse, {
    headersSent: { get: () => headersSent },
    flushHeaders: { value: flush },
    writeHead: {
      value(status: number, headers: OutgoingHttpHeaders) {
        head = { status, headers };
      },
    },
    write: {
      value(text: string) {
        flush();
        return write(text);
      },
    },
    end: {
      value(text: string) {
        flush();
        end(text);
      },
    },
    setTimeout: { value: (ms: number, callback: () => void) => watchStalled(body, ms, callback) },
  });
}

/** Calls back once a reader has taken nothing for so long of what waits for it. */
function watchStalled(body: PassThrough, ms: number, callback: () => void): void {
  let waiting = -1;
  const timer = setInterval(() => {
    const left = body.readableLength + body.writableLength;
    if (left === waiting) callback();
    waiting = left;
  }, ms).unref();
  body.once('close', () => clearInterval(timer));
}
