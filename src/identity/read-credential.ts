import { GatewayError } from '../errors.ts';

const bearer = /^bearer +(\S+) *$/i;

/**
 * Reads the one credential of a request: `Authorization: Bearer …`, `x-api-key` or `api-key`.
 *
 * Reads the raw headers, since Node keeps only the first of two `authorization` headers: whoever sends two different
 * credentials must not have one of them chosen silently.
 *
 * @param rawHeaders Names and values in turn, as in `IncomingMessage.rawHeaders`.
 * @throws {GatewayError} BAD_USER_INPUT for two different credentials, UNAUTHENTICATED for another scheme than Bearer.
 */
export function readCredential(rawHeaders: readonly string[]): string | undefined {
  let credential: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const found = credentialOf(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    if (found === undefined || found === credential) continue;
    if (credential !== undefined) {
      throw new GatewayError('BAD_USER_INPUT', 'the request carries two different credentials; send one');
    }
    credential = found;
  }
  return credential;
}

/**
 * Reads the credential out of a `connection_init` payload: `{ authorization: "Bearer …" }` or `{ apiKey: "…" }`.
 *
 * @throws {GatewayError} As `readCredential` does.
 */
export function readPayloadCredential(payload: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(payload ?? {})) {
    if (typeof value !== 'string') continue;
    headers.push(/^apiKey$/i.test(name) ? 'api-key' : name, value);
  }
  return readCredential(headers);
}

function credentialOf(name: string, value: string): string | undefined {
  // Most headers are told apart by the length of their names alone.
  if (name.length === 13 && name.toLowerCase() === 'authorization') {
    const token = bearer.exec(value)?.[1];
    if (token === undefined)
      throw new GatewayError('UNAUTHENTICATED', 'the Authorization header must be "Bearer <key or token>"');
    return token;
  }
  if (name.length !== 9 && name.length !== 7) return undefined;
  const lower = name.toLowerCase();
  if (lower !== 'x-api-key' && lower !== 'api-key') return undefined;
  return value.trim() === '' ? undefined : value.trim();
}
