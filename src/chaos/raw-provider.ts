import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type ReceivedRequest, readRequest } from './read-request.ts';

/** A request as it came over the wire. */
export interface SeenRequest extends ReceivedRequest {
  /** `performance.now()` when its last byte was read. */
  readonly at: number;
  /** The connection that it came by, counted from 1. */
  readonly connection: number;
}

/** One request and the bare socket that it came by. */
export interface RawExchange {
  readonly request: SeenRequest;
  /** Writes bytes as they are; resolves once the kernel took them. Bytes for a peer that left are dropped. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** FIN. */
  end(): void;
  /** RST. */
  reset(): void;
  /** Resolves, to `performance.now()`, when the peer hangs up. */
  readonly hungUp: Promise<number>;
  /** Bytes that the peer has not taken yet. */
  readonly backlog: number;
}

/** Plays one answer. It may go on after an await; the connection is kept for further requests until it is ended. */
export type RawScript = (exchange: RawExchange) => void | Promise<void>;

/** A provider on loopback that writes bytes as it is told, and shows what it was sent. */
export interface RawProvider {
  /** `http://127.0.0.1:<port>`; the same port after it has refused. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were ever accepted. */
  readonly connections: number;
  /** Resolves to the request with this number, from 0, once it is there. */
  request(number: number): Promise<SeenRequest>;
  /** Connections that are open now. */
  readonly openConnections: number;
  /** Hangs up on everybody and refuses connections, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Hangs up on everybody. */
  close(): Promise<void>;
}

export interface RawProviderOptions {
  /** Default 0: any that is free. */
  readonly port?: number;
}

const mostRequestBytes = 32 * 1_048_576;

/**
 * Starts a provider on loopback that answers byte for byte as scripted: it can break every rule of HTTP.
 *
 * @param script Plays all answers; a list plays one each, the last one again for the rest.
 */
export async function startRawProvider(
  script: RawScript | readonly RawScript[],
  options: RawProviderOptions = {},
): Promise<RawProvider> {
  const requests: SeenRequest[] = [];
  const waiters: (() => void)[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  function play(socket: Socket, request: SeenRequest, hungUp: Promise<number>): void {
    const scripts = typeof script === 'function' ? [script] : script;
    const chosen = scripts[Math.min(requests.length, scripts.length - 1)];
    requests.push(request);
    for (const wake of waiters.splice(0)) wake();
    void chosen?.({
      request,
      hungUp,
      write: bytes =>
        new Promise(resolve => {
          // In a later turn, so that a script that goes on writing lets others run.
          if (socket.destroyed || !socket.writable) setImmediate(resolve);
          else socket.write(bytes, () => resolve());
        }),
      end: () => socket.end(),
      reset: () => socket.resetAndDestroy(),
      get backlog() {
        return socket.writableLength;
      },
    });
  }

  const server = createServer({ noDelay: true }, socket => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const hungUp = new Promise<number>(resolve => {
      for (const event of ['end', 'close']) socket.once(event, () => resolve(performance.now()));
    });
    let pending = Buffer.alloc(0);
    socket.on('data', chunk => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length > mostRequestBytes) socket.destroy();
      for (let read = readRequest(pending); read !== undefined; read = readRequest(pending)) {
        pending = pending.subarray(read.length);
        play(socket, { ...read.request, at: performance.now(), connection }, hungUp);
      }
    });
  });
  let port = options.port ?? 0;
  await accept();

  async function accept(): Promise<void> {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function refuse(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    async request(number) {
      for (;;) {
        const request = requests[number];
        if (request !== undefined) return request;
        await new Promise<void>(resolve => waiters.push(resolve));
      }
    },
    get openConnections() {
      return sockets.size;
    },
    accept,
    refuse,
    close: refuse,
  };
}

/** The head of a streamed answer in chunks. */
export function streamHead(headers: Readonly<Record<string, string>> = {}): string {
  return head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked', ...headers });
}

/** One chunk of a chunked body. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** The end of a chunked body. */
export const lastChunk = '0\r\n\r\n';

/** A whole answer with its length. */
export function wholeAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): string {
  return `${head(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) })}${body}`;
}

export function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`;
}
