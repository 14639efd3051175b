import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a request says about itself, beside its content. */
export interface Correlation {
  /** The caller's `x-request-id` where it is sane, else a new one. Goes out again, and into the log. */
  readonly requestId: string;
  /** The caller's W3C trace context, where it is valid. */
  readonly traceparent?: string;
}

const saneId = /^[\w.:/+=-]{1,128}$/;
const validTraceparent = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** Reads what a request says about itself; what is not sane is replaced or left out, and never refused. */
export function readCorrelation(request: IncomingMessage): Correlation {
  const sent = request.headers['x-request-id'];
  const requestId = typeof sent === 'string' && saneId.test(sent) ? sent : randomUUID();
  const traceparent = request.headers.traceparent;
  return typeof traceparent === 'string' && validTraceparent.test(traceparent)
    ? { requestId, traceparent }
    : { requestId };
}
