import type { OutgoingHttpHeaders } from 'node:http';
import type { GatewayError } from '../../errors.ts';
import type { CompletionError } from '../../model/completion.ts';
import type { OutgoingResponse } from '../carrier.ts';
import { httpStatusOf } from '../http-status.ts';
import { BodyFault } from '../read-body.ts';
import { retryAfter, sendJson } from '../send-json.ts';
import { toOpenAiError } from './errors.ts';

/** Ends an answer with an error in OpenAI's shape; `x-should-retry` is what their client obeys before its own rules. */
export function sendOpenAiError(
  response: OutgoingResponse,
  error: GatewayError | CompletionError,
  headers: OutgoingHttpHeaders = {},
): void {
  const status = error instanceof BodyFault ? error.status : httpStatusOf(error.code);
  sendJson(response, status, JSON.stringify({ error: toOpenAiError(error) }), {
    'x-should-retry': String(error.retryable),
    ...retryAfter(error.retryAfterMs),
    ...headers,
  });
}
