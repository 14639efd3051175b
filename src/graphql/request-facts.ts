import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { GatewayError } from '../errors.ts';
import { readCredential, readPayloadCredential } from '../identity/read-credential.ts';
import type { RequestFacts } from './context.ts';

/** What a server puts into the context of an operation, as far as it tells of the request. */
export interface CarriedRequest {
  /** Of the HTTP request; absent where there is none, and on a WebSocket. */
  readonly method?: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** What a WebSocket client sent with `connection_init`. */
  readonly connectionParams?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

interface NodeRequest {
  readonly method?: string;
  readonly rawHeaders: readonly string[];
  readonly socket: EventEmitter & { readonly destroyed?: boolean };
}

/**
 * Finds the request in a context: a fetch `request`, as Yoga gives it; Node's `req`, as servers around Envelop give it;
 * or either of the two as `raw` in what a protocol library wraps around it. Without one there are no headers, and
 * nobody who leaves.
 */
export function findRequest(context: object): CarriedRequest {
  const { request, req, connectionParams } = context as Readonly<Record<string, unknown>>;
  const candidates = [request, req, rawOf(request), rawOf(req)];
  const fetched = candidates.find(isFetchRequest);
  const incoming = candidates.find(isNodeRequest);
  // Node joins headers of one name, or keeps the first; what came is in its raw headers.
  const rawHeaders = incoming?.rawHeaders ?? (fetched === undefined ? [] : [...fetched.headers].flat());
  const method = headersNamed(rawHeaders, 'upgrade').length > 0 ? undefined : (fetched ?? incoming)?.method;
  return {
    ...(method === undefined ? {} : { method }),
    rawHeaders,
    ...(isRecord(connectionParams) ? { connectionParams } : {}),
    signal: fetched?.signal ?? (incoming === undefined ? neverLeaves : signalOf(incoming.socket)),
  };
}

/** What is known of a request but who asks. */
export function factsOf({ rawHeaders, signal }: CarriedRequest): Omit<RequestFacts, 'bearer' | 'principal'> {
  const [requestId] = headersNamed(rawHeaders, 'x-request-id');
  const [traceparent] = headersNamed(rawHeaders, 'traceparent');
  return { ...correlate(requestId, traceparent), signal };
}

/**
 * Reads the one credential that came, with the headers or with `connection_init`.
 *
 * @throws {GatewayError} As `readCredential`; BAD_USER_INPUT for two different ones.
 */
export function bearerOf({
  rawHeaders,
  connectionParams,
}: Pick<CarriedRequest, 'rawHeaders' | 'connectionParams'>): string | undefined {
  const inPayload = readPayloadCredential(connectionParams);
  const inHeaders = readCredential(rawHeaders);
  if (inPayload !== undefined && inHeaders !== undefined && inPayload !== inHeaders) {
    throw new GatewayError('BAD_USER_INPUT', 'the connection carries two different credentials; send one');
  }
  return inPayload ?? inHeaders;
}

/** What a request says about itself, beside its content. */
export interface Correlation {
  /** The caller's `x-request-id` where it is sane, else a new one. Goes out again, and into the log. */
  readonly requestId: string;
  /** The caller's W3C trace context, where it is valid. */
  readonly traceparent?: string;
}

const saneId = /^[\w.:/+=-]{1,128}$/;
const validTraceparent = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** Takes what a request says about itself; what is not sane is replaced or left out, and never refused. */
export function correlate(requestId: string | undefined, traceparent: string | undefined): Correlation {
  return {
    requestId: requestId !== undefined && saneId.test(requestId) ? requestId : randomUUID(),
    ...(traceparent !== undefined && validTraceparent.test(traceparent) ? { traceparent } : {}),
  };
}

/** Every value that came under a name, which is given in lower case. */
export function headersNamed(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

const neverLeaves = new AbortController().signal;
const signals = new WeakMap<EventEmitter, AbortSignal>();

/** One for each connection, however many requests come over it. */
function signalOf(socket: NodeRequest['socket']): AbortSignal {
  let signal = signals.get(socket);
  if (signal === undefined) {
    const leaving = new AbortController();
    signal = leaving.signal;
    signals.set(socket, signal);
    socket.once('close', () => leaving.abort());
    if (socket.destroyed === true) leaving.abort();
  }
  return signal;
}

function rawOf(value: unknown): unknown {
  return isRecord(value) ? value.raw : undefined;
}

function isFetchRequest(value: unknown): value is Request {
  if (!isRecord(value) || !isRecord(value.headers) || !isRecord(value.signal)) return false;
  return 'get' in value.headers && 'addEventListener' in value.signal;
}

function isNodeRequest(value: unknown): value is NodeRequest {
  return isRecord(value) && Array.isArray(value.rawHeaders) && isRecord(value.socket) && 'once' in value.socket;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
