import { createHmac } from 'node:crypto';

export interface ReceivedWebhook {
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Whether a webhook is signed as Standard Webhooks 1.0 says; written from the specification, for tests alone. */
export function isSigned({ headers, body }: ReceivedWebhook, key: Uint8Array): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (id === undefined || timestamp === undefined || !/^\d+$/.test(timestamp)) return false;
  const hash = createHmac('sha256', key);
  for (const part of [id, '.', timestamp, '.', body]) hash.update(part);
  return signatures.split(' ').includes(`v1,${hash.digest('base64')}`);
}
