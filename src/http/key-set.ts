import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { PublicKey } from '../gateway/signing-keys.ts';
import { sendFault, sendJson } from './send-json.ts';

/** Where the public keys are; as for JSON Web Tokens (RFC 8414 names no other place for key sets). */
export const keySetPath = '/.well-known/jwks.json';

/** Answers with the keys that receipts and heads of the audit log can be verified with: those of all times. */
export function answerKeySet(
  publicKeys: () => Promise<readonly PublicKey[]>,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    sendFault(response, new GatewayError('BAD_USER_INPUT', 'use GET'), 405);
    return;
  }
  publicKeys().then(
    keys => sendJson(response, 200, JSON.stringify({ keys }), { 'cache-control': 'public, max-age=300' }),
    () => sendFault(response, new GatewayError('STORE_UNAVAILABLE', 'the keys could not be read')),
  );
}
