import { Buffer } from 'node:buffer';
import type { Protocol } from '../model/catalog.ts';
import { asObject, parseJson } from './json-value.ts';

/** State of a provider that a later turn gives back: signed thinking, thought signatures, reasoning details. */
export interface Continuation {
  readonly protocol: Protocol;
  /** Set where the data means something at this provider only. */
  readonly providerId?: string;
  /** The adapter's own; it comes back through the caller, so it is untrusted when read. */
  readonly data: unknown;
}

const version = 1;
const base64url = /^[A-Za-z0-9_-]+$/;

/** Writes a continuation as one opaque string: base64url of `{"v":1,"protocol":…,"providerId":…,"data":…}`. */
export function encodeContinuation(continuation: Continuation): string {
  const { protocol, providerId, data } = continuation;
  const document = { v: version, protocol, ...(providerId === undefined ? {} : { providerId }), data };
  return Buffer.from(JSON.stringify(document), 'utf8').toString('base64url');
}

/**
 * Reads what `encodeContinuation` wrote.
 *
 * @returns Undefined for garbage and for other versions: adapters then leave it out.
 */
export function decodeContinuation(value: string): Continuation | undefined {
  if (!base64url.test(value)) return undefined;
  const document = asObject(parseJson(Buffer.from(value, 'base64url').toString('utf8')));
  if (document === undefined || document.v !== version || !('data' in document)) return undefined;
  const { protocol, providerId, data } = document;
  if (protocol !== 'openai' && protocol !== 'anthropic' && protocol !== 'gemini') return undefined;
  if (providerId === undefined) return { protocol, data };
  return typeof providerId === 'string' ? { protocol, providerId, data } : undefined;
}

/**
 * The data in a continuation, for the adapter of this protocol at this provider.
 *
 * @returns Undefined for garbage, for another protocol, and for what another provider alone can read.
 */
export function continuationData(value: string | undefined, protocol: Protocol, providerId: string): unknown {
  const continuation = value === undefined ? undefined : decodeContinuation(value);
  if (continuation?.protocol !== protocol) return undefined;
  if (continuation.providerId !== undefined && continuation.providerId !== providerId) return undefined;
  return continuation.data;
}
