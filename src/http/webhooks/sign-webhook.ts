import { createHmac } from 'node:crypto';

/** Shorter keys are refused, in bytes. */
export const minKeyBytes = 32;

const marked = 'whsec_';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The key that a secret stands for: `whsec_` and base64, as Standard Webhooks writes it, or else its UTF-8 bytes.
 *
 * @returns Undefined where it is shorter than `minKeyBytes`, or `whsec_` is followed by no base64.
 */
export function readSigningKey(secret: string): Uint8Array | undefined {
  const encoded = secret.startsWith(marked) ? secret.slice(marked.length) : undefined;
  if (encoded !== undefined && !base64.test(encoded)) return undefined;
  const key = encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64');
  return key.length < minKeyBytes ? undefined : key;
}

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * The headers that prove who sent a body and when, as the specification Standard Webhooks 1.0 has them (HMAC-SHA256, `v1`).
 *
 * @param id Without a dot: dots part what is signed.
 * @param now Of this try, in milliseconds since the epoch: receivers refuse what is old.
 */
export function signWebhook(key: Uint8Array, id: string, now: number, body: string): SignedHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
