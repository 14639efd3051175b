import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import { sendFault, sendJson } from './send-json.ts';

/** Why the node can not take requests now, in a few words; undefined where it can. */
export type Readiness = () => string | undefined;

export interface Health {
  /** From now on not ready. */
  drain(): void;
  /** Answers `/livez` and `/readyz`. */
  answer(request: IncomingMessage, response: ServerResponse, path: '/livez' | '/readyz'): void;
}

/** Says whether the process lives, and whether requests are to be sent to it. */
export function createHealth(readiness: Readiness): Health {
  let isDraining = false;
  return {
    drain() {
      isDraining = true;
    },
    answer({ method }, response, path) {
      if (method !== 'GET' && method !== 'HEAD') {
        return sendFault(response, new GatewayError('BAD_USER_INPUT', 'use GET'), 405);
      }
      const reason = path === '/livez' ? undefined : isDraining ? 'draining' : readiness();
      const status = reason === undefined ? 'ok' : 'not ready';
      sendJson(
        response,
        reason === undefined ? 200 : 503,
        JSON.stringify({ status, ...(reason === undefined ? {} : { reason }) }),
      );
    },
  };
}
