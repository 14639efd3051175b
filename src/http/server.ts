import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GatewayError } from '../errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { PublicKey } from '../gateway/signing-keys.ts';
import type { TollgateYoga } from '../graphql/create-yoga.ts';
import { createOperationPlans } from '../graphql/plans/operation-plan.ts';
import type { SchemaNames } from '../graphql/rename-schema.ts';
import { standaloneNames } from '../graphql/schema.ts';
import type { AccessControl } from '../identity/access-control.ts';
import { createSlots } from '../stream/slots.ts';
import { createAuthorizer, isAuthorizationPath, type VisiblePolicies } from './authz/authorize.ts';
import { type Correlation, readCorrelation } from './correlation.ts';
import { cutStalled } from './cut-stalled.ts';
import { endResponse } from './end-response.ts';
import { createGraphiql } from './graphiql/graphiql.ts';
import { createGraphqlHandler, type Vouching } from './graphql-handler.ts';
import { createHealth, type Readiness } from './health.ts';
import { answerKeySet, keySetPath } from './key-set.ts';
import { addressOf, listen, ownOrigins, urlOf } from './listen.ts';
import { createOpenAiApi } from './openai-api/openai-api.ts';
import { createOperationRunner, type GraphqlHost } from './operation-runner.ts';
import { discardBody } from './read-body.ts';
import { sendFault } from './send-json.ts';
import type { TrustedDocuments } from './trusted-documents.ts';
import { createGraphqlWebSocket } from './websocket.ts';

export interface HttpServerOptions extends TollgateYoga {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  /** The prefixes that the schema was built with. Default: both empty. */
  readonly names?: SchemaNames;
  /** Why the node can not take requests now; undefined where it can. Draining is added by the server itself. */
  readonly readiness: Readiness;
  /** Which policies a caller may see, for `/authz`. Default: none, and none is named. */
  readonly visiblePolicies?: VisiblePolicies;
  /** What receipts can be verified with, at `/.well-known/jwks.json`. Absent: there is no such path. */
  readonly publicKeys?: () => Promise<readonly PublicKey[]>;
  /** The document at `/metrics`. Absent: there is none. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Told of every fault that is answered outside of a run, for the log. */
  readonly onFault?: (error: GatewayError, requestId: string) => void;
  /** Who asks at `/graphql` by POST or GET, where a trusted router says so. Default: nobody is believed. */
  readonly vouch?: Vouching;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /**
   * Further origins that browsers may open WebSockets from, asked at each connection. Default: those of this server's
   * own address.
   */
  readonly allowedOrigins?: () => readonly string[];
  /** The documents that callers may name by id, asked at each operation. Default: none. */
  readonly documents?: () => TrustedDocuments | undefined;
  /** Whether browsers are shown GraphiQL. Default true. */
  readonly hasGraphiql?: boolean;
  /** How long a stream of the OpenAI API waits for a true status, in milliseconds. Default 10,000. */
  readonly statusWaitMs?: number;
  /** How long a client may read nothing of what waits for it before it is cut off, in milliseconds. Default 30,000. */
  readonly stallMs?: number;
  /** How long a request may take to bring its head, and all of it, in milliseconds. Default 15,000 and 30,000. */
  readonly requestLimits?: { readonly headMs: number; readonly wholeMs: number };
  /** The most connections at a time; further ones are closed as they come. Default 20,000. */
  readonly maxConnections?: number;
}

export interface DrainOptions {
  /** How long new requests are still accepted, while balancers learn that the node is not ready. In milliseconds. */
  readonly acceptMs: number;
  /** How long running requests may then take to finish, in milliseconds. */
  readonly finishMs: number;
}

/** The server while it listens. */
export interface HttpServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  readonly address: AddressInfo;
  /** Requests and WebSocket operations that are not answered to the last byte yet. */
  readonly inFlight: number;
  /**
   * Stops without cutting anybody off: not ready at once, still accepting for `acceptMs`, then waiting until all is
   * answered, at most `finishMs`.
   *
   * @returns Whether all was answered in time. What was not is cut by `close`.
   */
  drain(options: DrainOptions): Promise<boolean>;
  /** Closes every connection; what runs on them is cancelled. */
  close(): Promise<void>;
}

const graphqlPath = '/graphql';
/** Requests on one connection that may wait for an answer; clients that pipeline at all send a few. */
const maxPipelined = 32;
const noSuchPath = 'no such path; see /graphql, /v1, /authz, /livez, /readyz and /metrics';

type Answer = (response: ServerResponse, correlation: Correlation) => void;

/**
 * Listens, and answers everything that comes by HTTP: `/graphql`, `/v1/*`, `/authz`, `/livez`, `/readyz`, `/metrics`.
 *
 * Nothing is decided by the Host header.
 *
 * @throws The listener's own error, such as EADDRINUSE.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { gateway, access, yoga, mapError, names = standaloneNames, metrics, publicKeys, onFault } = options;
  const { stallMs = 30_000, maxConnections = 20_000, hasGraphiql = true } = options;
  const { requestLimits = { headMs: 15_000, wholeMs: 30_000 } } = options;
  const documents = options.documents ?? (() => undefined);
  const plans = createOperationPlans({ names });
  const runner = createOperationRunner({ host: yoga as unknown as GraphqlHost, plans, mapError });
  const reporting = onFault === undefined ? {} : { onFault };
  const { vouch } = options;
  const graphql = createGraphqlHandler({ runner, documents, ...reporting, ...(vouch === undefined ? {} : { vouch }) });
  const { statusWaitMs } = options;
  const openai = createOpenAiApi({
    gateway,
    access,
    ...reporting,
    ...(statusWaitMs === undefined ? {} : { statusWaitMs }),
  });
  const graphiql = hasGraphiql ? createGraphiql({ path: graphqlPath, names }) : undefined;
  const health = createHealth(options.readiness);
  const { visiblePolicies } = options;
  const authorize = createAuthorizer({
    gateway,
    access,
    ...reporting,
    ...(visiblePolicies === undefined ? {} : { visiblePolicies }),
  });
  const answering = createSlots<ServerResponse>();
  const pipelined = new WeakMap<Socket, number>();
  const upgraded = new Set<Socket>();
  let isClosing = false;
  let notifyIdle: (() => void) | undefined;

  function answererOf(request: IncomingMessage, url: URL): Answer | undefined {
    const { pathname } = url;
    if (graphiql?.answers(request, pathname) === true) return response => graphiql.answer(request, response, pathname);
    if (pathname === graphqlPath) return (response, correlation) => graphql(request, response, url, correlation);
    if (pathname.startsWith('/v1/')) {
      return (response, correlation) => openai(request, response, pathname, correlation);
    }
    if (isAuthorizationPath(pathname)) return (response, correlation) => authorize(request, response, correlation);
    if (pathname === '/livez' || pathname === '/readyz') return response => health.answer(request, response, pathname);
    if (pathname === keySetPath && publicKeys !== undefined) {
      return response => answerKeySet(publicKeys, request, response);
    }
    if (pathname === '/metrics' && metrics !== undefined && request.method === 'GET') {
      return response => sendMetrics(response, metrics);
    }
    return undefined;
  }

  function route(request: IncomingMessage, response: ServerResponse, correlation: Correlation): void {
    const url = readUrl(request.url);
    const answer = url === undefined ? undefined : answererOf(request, url);
    if (answer !== undefined) answer(response, correlation);
    else refuse(request, response, new GatewayError('NOT_FOUND', noSuchPath));
  }

  const server = createServer(
    {
      headersTimeout: requestLimits.headMs,
      requestTimeout: requestLimits.wholeMs,
      // How often both are looked at; Node's own default is 30 s.
      connectionsCheckingInterval: Math.min(1_000, requestLimits.headMs),
      keepAliveTimeout: 75_000,
      noDelay: true,
    },
    (request, response) => {
      const unanswered = (pipelined.get(request.socket) ?? 0) + 1;
      if (unanswered > maxPipelined) return void request.socket.destroy();
      pipelined.set(request.socket, unanswered);
      const isAnswered = answering.add(response);
      response.once('close', () => {
        pipelined.set(request.socket, (pipelined.get(request.socket) ?? 1) - 1);
        isAnswered();
        notifyIdle?.();
      });
      const correlation = readCorrelation(request);
      response.setHeader('x-request-id', correlation.requestId);
      if (isClosing) response.setHeader('connection', 'close');
      route(request, response, correlation);
    },
  );
  server.maxConnections = maxConnections;
  const guard = cutStalled({ stallMs });
  server.on('connection', guard.watch);
  const sockets = createGraphqlWebSocket({
    runner,
    access,
    documents,
    allowedOrigins: () => [...ownOrigins(server), ...(options.allowedOrigins?.() ?? [])],
    onIdle: () => notifyIdle?.(),
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // A server's own `closeAllConnections` knows nothing of those that were upgraded.
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    if (readUrl(request.url)?.pathname === graphqlPath && !isClosing) return sockets.upgrade(request, socket, head);
    socket.end(
      `HTTP/1.1 ${isClosing ? '503 Service Unavailable' : '404 Not Found'}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      // An `end` alone would leave the other half open for as long as the client likes.
      () => socket.destroy(),
    );
  });
  await listen(server, options.host, options.port);

  function inFlight(): number {
    return answering.size + sockets.runningOperations;
  }

  return {
    url: urlOf(server),
    address: addressOf(server),
    get inFlight() {
      return inFlight();
    },
    async drain({ acceptMs, finishMs }) {
      health.drain();
      await wait(acceptMs);
      isClosing = true;
      for (const response of answering.members()) if (!response.headersSent) response.setHeader('connection', 'close');
      server.close();
      server.closeIdleConnections();
      sockets.closeWhenIdle();
      if (inFlight() === 0) return true;
      const idle = new Promise<void>(resolve => {
        notifyIdle = () => {
          if (inFlight() === 0) resolve();
        };
      });
      await Promise.race([idle, wait(finishMs)]);
      return inFlight() === 0;
    },
    async close() {
      health.drain();
      isClosing = true;
      const closed = new Promise<void>(resolve => {
        server.close(() => resolve());
      });
      await sockets.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
      guard.stop();
    },
  };
}

function readUrl(target: string | undefined): URL | undefined {
  // The base only completes the path: the Host header decides nothing.
  if (target === undefined || !target.startsWith('/')) return undefined;
  const url = `http://localhost${target}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

function refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  discardBody(request);
  sendFault(response, error);
}

function sendMetrics(response: ServerResponse, metrics: NonNullable<HttpServerOptions['metrics']>): void {
  metrics().then(
    ({ contentType, text }) => {
      response.writeHead(200, { 'content-type': contentType });
      endResponse(response, text);
    },
    () => sendFault(response, new GatewayError('INTERNAL', 'the metrics could not be collected')),
  );
}

function wait(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref();
  });
}
