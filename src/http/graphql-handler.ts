import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { RequestFacts } from '../graphql/context.ts';
import { readCredential } from '../identity/read-credential.ts';
import type { Principal } from '../model/principal.ts';
import { type AcceptedOperation, acceptOperation, type Carrier, type RefusedOperation } from './accept-operation.ts';
import type { Correlation } from './correlation.ts';
import { endResponse } from './end-response.ts';
import {
  type ExecutedResult,
  failedResult,
  isAsyncIterable,
  overloadOf,
  statusOfResult,
  writeResult,
} from './execution-result.ts';
import type { OperationRunner } from './operation-runner.ts';
import { BodyFault, discardBody, readBody } from './read-body.ts';
import { asGatewayError, retryAfter, sendJson } from './send-json.ts';
import { readHold } from './stream-headers.ts';
import { completeEvent, nextEvent, streamResults } from './stream-results.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** Answers a request to the GraphQL endpoint. */
export type GraphqlHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  correlation: Correlation,
) => void;

export interface GraphqlHandlerOptions {
  readonly runner: OperationRunner;
  /** The documents that callers may name by id. */
  readonly documents: () => TrustedDocuments | undefined;
  /** Told of every fault outside of an execution, for the log. */
  readonly onFault?: (error: GatewayError, requestId: string) => void;
  /** Finds out who asks by what a trusted router says in the headers; undefined where it says nothing. */
  readonly vouch?: Vouching;
}

/**
 * Finds out for whom the headers vouch: what comes back is asked once, when it is first needed. Undefined where they vouch for nobody;
 * throws where the proof is wrong.
 */
export type Vouching = (
  rawHeaders: readonly string[],
  bearer: string | undefined,
) => (() => Promise<Principal>) | undefined;

/** Made once: a reason of its own would cost a stack trace for each client that leaves. */
const callerLeft = new GatewayError('CANCELLED', 'The caller has left.');

/**
 * Serves GraphQL over HTTP straight from `node:http`: JSON and server-sent events by POST, queries by GET.
 *
 * A client that leaves aborts the `signal` of its request at once, so that no provider goes on working for nobody.
 */
export function createGraphqlHandler({ runner, documents, onFault, vouch }: GraphqlHandlerOptions): GraphqlHandler {
  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    correlation: Correlation,
  ): Promise<void> {
    const method = carrierOf(request);
    if (method === undefined) return refuseMethod(request, response);
    const { accept, 'content-type': contentType, 'x-tollgate-hold': held } = request.headers;
    const body = method === 'GET' ? readQuery(url) : await readBody(request);
    const accepted = acceptOperation({ method, contentType, accept }, body, documents());
    if ('error' in accepted) return sendRefusal(response, accepted);

    const bearer = readCredential(request.rawHeaders);
    const vouched = vouch?.(request.rawHeaders, bearer);
    const leaving = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) leaving.abort(callerLeft);
    });
    const hold = readHold(typeof held === 'string' ? held : undefined);
    const facts: RequestFacts = {
      ...correlation,
      ...(bearer === undefined ? {} : { bearer }),
      ...(hold === undefined ? {} : { hold }),
      ...(vouched === undefined ? {} : { principal: vouched }),
      signal: leaving.signal,
    };
    const prepared = runner.prepare(method, accepted.params, facts, true);
    if ('refused' in prepared) return sendRefusal(response, prepared.refused);
    if ('errors' in prepared) return sendResult(response, accepted, failedResult(prepared.errors));
    if (prepared.type === 'subscription' && !accepted.takesEventStream) {
      const error = new GatewayError('BAD_USER_INPUT', 'accept: a subscription is answered with text/event-stream');
      return sendRefusal(response, { status: 406, error });
    }

    const result = await prepared.run();
    if (response.destroyed) {
      if (isAsyncIterable(result)) await result[Symbol.asyncIterator]().return?.();
      return;
    }
    if (!isAsyncIterable(result)) return sendResult(response, accepted, result, prepared.type === 'subscription');
    streamResults(response, {
      executed: result,
      headers: {},
      ...(prepared.tapped === undefined ? {} : { tapped: prepared.tapped }),
      onLeave: () => leaving.abort(callerLeft),
      mapError: runner.mapError,
    });
  }

  return (request, response, url, correlation) => {
    answer(request, response, url, correlation).catch((thrown: unknown) => {
      const error = asGatewayError(thrown);
      onFault?.(error, correlation.requestId);
      if (error instanceof BodyFault) discardBody(request);
      const status = error instanceof BodyFault ? error.status : undefined;
      sendFailure(response, error, status);
    });
  };
}

function carrierOf({ method }: IncomingMessage): Exclude<Carrier, 'WEBSOCKET'> | undefined {
  return method === 'POST' || method === 'GET' ? method : undefined;
}

/** No preflight is ever granted: other origins can not call this server from a browser. */
function refuseMethod(request: IncomingMessage, response: ServerResponse): void {
  discardBody(request);
  const error = new GatewayError('BAD_USER_INPUT', 'use POST, or GET for queries');
  sendFailure(response, error, 405, { allow: 'GET, POST' });
}

/** @throws {BodyFault} Where a member is there twice: servers differ in which one counts. */
function readQuery(url: URL): Readonly<Record<string, string>> {
  const members = [...url.searchParams];
  if (new Set(members.map(([name]) => name)).size < members.length) throw new BodyFault(400, 'a member is there twice');
  return Object.fromEntries(members);
}

function sendRefusal(response: ServerResponse, { status, error }: RefusedOperation): void {
  sendFailure(response, error, status, status === 405 ? { allow: 'POST' } : {});
}

/** Faults of the request itself carry their status whatever the caller accepts. */
function sendFailure(
  response: ServerResponse,
  error: GatewayError,
  status: number | undefined,
  headers: OutgoingHttpHeaders = {},
): void {
  const result = failedResult([error]);
  sendJson(
    response,
    status ?? statusOfResult(result, 'application/graphql-response+json'),
    writeResult(result),
    headers,
  );
}

function sendResult(
  response: ServerResponse,
  { answerType, takesEventStream }: AcceptedOperation,
  result: ExecutedResult,
  isSubscription = false,
): void {
  const json = writeResult(result);
  const retryAfterMs = overloadOf(result);
  // Whatever a caller accepts: a balancer that reads no GraphQL is to see it.
  if (retryAfterMs !== undefined) {
    sendJson(response, 503, json, retryAfter(retryAfterMs));
    return;
  }
  if (answerType === 'text/event-stream' || (isSubscription && takesEventStream)) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    endResponse(response, nextEvent(json) + completeEvent);
    return;
  }
  sendJson(response, statusOfResult(result, answerType), json, { 'content-type': `${answerType}; charset=utf-8` });
}
