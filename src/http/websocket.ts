import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { GatewayError } from '../errors.ts';
import { bearerOf } from '../graphql/request-facts.ts';
import type { AccessControl } from '../identity/access-control.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import type { Principal } from '../model/principal.ts';
import { acceptOperation } from './accept-operation.ts';
import { carryFrames } from './carry-frames.ts';
import { type Correlation, readCorrelation } from './correlation.ts';
import { type ExecutedResult, failedResult, isAsyncIterable } from './execution-result.ts';
import type { ExecutionInput, OperationRunner } from './operation-runner.ts';
import { asGatewayError } from './send-json.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

export interface WebSocketOptions {
  readonly runner: OperationRunner;
  readonly access: AccessControl;
  /** The documents that callers may name by id. Asked at each operation. */
  readonly documents: () => TrustedDocuments | undefined;
  /** Origins that browsers may connect from, as in the Origin header. Asked at each connection. */
  readonly allowedOrigins: () => readonly string[];
  /** Told whenever an operation has ended, or a socket with its operations. */
  readonly onIdle?: () => void;
  /** The most operations that run on one socket at a time. Default 32. */
  readonly maxOperations?: number;
  /** How long a socket may take to say who it is, in milliseconds. Default 3,000. */
  readonly initWaitMs?: number;
}

/** Serves graphql-transport-ws on a server's upgrades. */
export interface GraphqlWebSocket {
  /** Takes an upgrade to the GraphQL endpoint over. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many operations run. */
  readonly runningOperations: number;
  /** Closes the sockets on which nothing runs, and every other one when its last operation ends. */
  closeWhenIdle(): void;
  /** Closes all sockets; what runs on them is cancelled. */
  close(): Promise<void>;
}

/** What one connection knows beside graphql-ws's own. */
interface Connection extends Correlation {
  /** Those of the upgrade. */
  readonly rawHeaders: readonly string[];
  /**
   * The accepted credential. Kept instead of the principal: each operation asks anew who it is, since a reload may
   * have taken the issuer of a token away.
   */
  bearer?: string;
  /** By the operation's id. */
  readonly leaving: Map<string, AbortController>;
}

type RunningInput = ExecutionInput & {
  readonly rootValue: { readonly leaving: AbortController };
};

const maxPayloadBytes = 1_048_576;
const callerLeft = new GatewayError('CANCELLED', 'The caller has left.');
const farewellMs = 1_000;
const goingAway = 1001;
const tryAgainLater = 1013;

/**
 * Makes the WebSocket side of the GraphQL endpoint.
 *
 * Who asks is said in `connection_init`, as `{ authorization: "Bearer …" }` or `{ apiKey: "…" }`, or in a header of the
 * upgrade. A socket is closed with 4401 when its credential is refused, expires or is revoked.
 */
export function createGraphqlWebSocket(options: WebSocketOptions): GraphqlWebSocket {
  const { runner, access, documents, allowedOrigins, onIdle, maxOperations = 32, initWaitMs = 3_000 } = options;
  const connections = new Map<WebSocket, Connection>();
  // By the payload that began the operation: its id may be in use again before it has ended.
  const leavings = new WeakMap<object, AbortController>();
  let isClosing = false;
  let closed: Promise<void> | undefined;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection: Connection = {
      ...readCorrelation(request),
      rawHeaders: request.rawHeaders,
      leaving: new Map(),
    };
    connections.set(socket, connection);
    socket.on('message', data => cancelCompleted(connection, data));
    socket.once('close', () => {
      connections.delete(socket);
      for (const leaving of connection.leaving.values()) leaving.abort(callerLeft);
      onIdle?.();
    });
  });

  const protocol = makeServer<Record<string, unknown>, { readonly socket: WebSocket }>({
    connectionInitWaitTimeout: initWaitMs,
    async onConnect({ connectionParams, extra: { socket } }) {
      const connection = connections.get(socket);
      if (connection === undefined) return false;
      try {
        const bearer = bearerOf({
          rawHeaders: connection.rawHeaders,
          ...(connectionParams === undefined ? {} : { connectionParams }),
        });
        const principal = await authenticateBearer(access, bearer);
        if (bearer !== undefined) connection.bearer = bearer;
        closeOnRevocation(socket, principal);
        return true;
      } catch (thrown) {
        refuse(socket, asGatewayError(thrown));
        // The socket is closed already, with the reason.
        return false;
      }
    },
    onSubscribe({ extra: { socket }, subscriptions }, operationId, payload) {
      const connection = connections.get(socket);
      // A socket that is being closed goes on reading until its client has answered.
      if (connection?.bearer === undefined || socket.readyState !== socket.OPEN)
        return errorsOf(new GatewayError('UNAUTHENTICATED', 'the socket is closed'));
      if (isClosing) return errorsOf(new GatewayError('SHUTTING_DOWN', 'the server is shutting down'));
      if (Object.keys(subscriptions).length > maxOperations) {
        return errorsOf(
          new GatewayError('RATE_LIMITED', `at most ${maxOperations} operations run on one socket at a time`),
        );
      }
      return begin(connection, connection.bearer, operationId, payload);
    },
    execute: args => run(args as unknown as RunningInput, 'execute') as never,
    subscribe: args => run(args as unknown as RunningInput, 'subscribe') as never,
    onComplete({ extra: { socket } }, operationId, payload) {
      const connection = connections.get(socket);
      forget(connection, operationId, leavings.get(payload));
      // The protocol says `complete` only after this returns: a client that is closed before would take its stream for lost,
      // and ask again.
      setImmediate(() => {
        onIdle?.();
        if (isClosing && connection?.leaving.size === 0) socket.close(goingAway, 'Going away');
      });
    },
  });
  const stopPings = carryFrames(server, protocol, socket => connections.get(socket)?.bearer !== undefined);

  async function begin(connection: Connection, bearer: string, operationId: string, payload: object) {
    const accepted = acceptOperation({ method: 'WEBSOCKET' }, payload, documents());
    if ('error' in accepted) return errorsOf(accepted.error);
    const leaving = new AbortController();
    const { requestId, traceparent } = connection;
    const correlation = traceparent === undefined ? { requestId } : { requestId, traceparent };
    const prepared = runner.prepare(
      'WEBSOCKET',
      accepted.params,
      { ...correlation, bearer, signal: leaving.signal },
      false,
    );
    if ('refused' in prepared) return errorsOf(prepared.refused.error);
    if ('errors' in prepared) return errorsOf(...prepared.errors);
    connection.leaving.set(operationId, leaving);
    leavings.set(payload, leaving);
    try {
      const contextValue = await prepared.contextValue();
      const { execute, subscribe } = prepared.host;
      return { ...prepared.input, contextValue, rootValue: { leaving, execute, subscribe } } as never;
    } catch (error) {
      forget(connection, operationId, leaving);
      return errorsOf(runner.mapError(error));
    }
  }

  async function run({ rootValue, ...input }: RunningInput, step: 'execute' | 'subscribe'): Promise<unknown> {
    const host = rootValue as unknown as Record<typeof step, (input: ExecutionInput) => unknown>;
    const result = (await host[step](input)) as ExecutedResult | AsyncIterable<ExecutedResult>;
    return isAsyncIterable(result) ? abortOnReturn(result, rootValue.leaving) : result;
  }

  /** A client that does not answer the farewell is hung up on. */
  async function closeAll(): Promise<void> {
    stopPings();
    const sockets = [...server.clients];
    const closing = sockets.map(socket => new Promise(resolve => socket.once('close', resolve)));
    for (const socket of sockets) socket.close(goingAway, 'Going away');
    const impatient = setTimeout(() => {
      for (const socket of sockets) socket.terminate();
    }, farewellMs);
    await Promise.all(closing);
    clearTimeout(impatient);
  }

  function errorsOf(...errors: readonly unknown[]): readonly GraphQLError[] {
    return failedResult(errors).errors ?? [];
  }

  return {
    upgrade(request, socket, head) {
      const { origin } = request.headers;
      if (origin !== undefined && !allowedOrigins().includes(origin)) {
        // An `end` alone would leave the other half open for as long as the client likes.
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () => socket.destroy());
        return;
      }
      server.handleUpgrade(request, socket, head, upgraded => server.emit('connection', upgraded, request));
    },
    get runningOperations() {
      let running = 0;
      for (const { leaving } of connections.values()) running += leaving.size;
      return running;
    },
    closeWhenIdle() {
      isClosing = true;
      for (const [socket, { leaving }] of connections) if (leaving.size === 0) socket.close(goingAway, 'Going away');
    },
    close() {
      isClosing = true;
      closed ??= closeAll();
      return closed;
    },
  };
}

/** Frames as `complete` come while an operation still waits; graphql-ws looks at them only once it has a stream. */
function cancelCompleted({ leaving }: Connection, data: unknown): void {
  if (leaving.size === 0 || !Buffer.isBuffer(data) || data.length > 512 || !data.includes('"complete"')) return;
  try {
    const message: unknown = JSON.parse(data.toString('utf8'));
    if (typeof message !== 'object' || message === null) return;
    const { type, id } = message as { readonly type?: unknown; readonly id?: unknown };
    if (type === 'complete' && typeof id === 'string') leaving.get(id)?.abort(callerLeft);
  } catch {
    // Garbage is answered by graphql-ws.
  }
}

function forget(connection: Connection | undefined, operationId: string, leaving: AbortController | undefined): void {
  if (connection?.leaving.get(operationId) === leaving) connection?.leaving.delete(operationId);
}

/** Leaving reaches the provider at once, even where the stream's own `return` waits for a silent one. */
function abortOnReturn(
  results: AsyncIterable<ExecutedResult>,
  leaving: AbortController,
): AsyncIterable<ExecutedResult> {
  const iterator = results[Symbol.asyncIterator]();
  const abortable: AsyncIterableIterator<ExecutedResult> = {
    next: () => iterator.next(),
    return() {
      leaving.abort(callerLeft);
      iterator.return?.()?.catch(() => {});
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => abortable,
  };
  return abortable;
}

function closeOnRevocation(socket: WebSocket, { revoked }: Principal): void {
  if (revoked === undefined) return;
  const close = () => socket.close(CloseCode.Unauthorized, 'the credential has expired or was revoked');
  revoked.addEventListener('abort', close, { once: true });
  socket.once('close', () => revoked.removeEventListener('abort', close));
  if (revoked.aborted) close();
}

function refuse(socket: WebSocket, { code, message }: GatewayError): void {
  if (code === 'UNAUTHENTICATED') socket.close(CloseCode.Unauthorized, message);
  else if (code === 'FORBIDDEN') socket.close(CloseCode.Forbidden, message);
  else if (code === 'BAD_USER_INPUT') socket.close(CloseCode.BadRequest, message);
  else if (code === 'INTERNAL') socket.close(CloseCode.InternalServerError, message);
  else socket.close(tryAgainLater, code);
}
