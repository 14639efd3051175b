import type { OutgoingHttpHeaders } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { OutgoingResponse } from './carrier.ts';
import { endResponse } from './end-response.ts';
import { httpStatusOf } from './http-status.ts';

/** Ends an answer with a JSON document, head and body in one write. A client that does not read it is cut off. */
export function sendJson(
  response: OutgoingResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  endResponse(response, body);
}

/** Ends an answer with a fault, outside of GraphQL and the OpenAI API: `{"error":{"code","message"}}`. */
export function sendFault(
  response: OutgoingResponse,
  error: GatewayError,
  status: number = httpStatusOf(error.code),
): void {
  sendJson(
    response,
    status,
    JSON.stringify({ error: { code: error.code, message: error.message } }),
    retryAfter(error.retryAfterMs),
  );
}

/** What a caller may see of a thrown value: its own error, or INTERNAL without any detail. */
export function asGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError
    ? thrown
    : new GatewayError('INTERNAL', 'an unexpected fault; the request id leads to the log', { cause: thrown });
}

/** `retry-after` in whole seconds, rounded up, and `retry-after-ms` for clients that read it. */
export function retryAfter(retryAfterMs: number | undefined): OutgoingHttpHeaders {
  if (retryAfterMs === undefined) return {};
  const ms = Math.max(0, Math.ceil(retryAfterMs));
  return { 'retry-after': String(Math.ceil(ms / 1_000)), 'retry-after-ms': String(ms) };
}
