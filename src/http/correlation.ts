import type { IncomingMessage } from 'node:http';
import { type Correlation, correlate } from '../graphql/request-facts.ts';

export type { Correlation };

/** Reads what a request says about itself; what is not sane is replaced or left out, and never refused. */
export function readCorrelation({ headers }: IncomingMessage): Correlation {
  return correlate(textOf(headers['x-request-id']), textOf(headers.traceparent));
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
