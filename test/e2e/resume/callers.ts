import { createClient } from 'graphql-sse';
import { adminKey } from '../../support/test-server.ts';

/** An event of a completion, as the tests ask for it. */
export interface HeardEvent {
  readonly __typename: string;
  readonly completionId: string;
  readonly seq: number;
  readonly text?: string;
  readonly error?: { readonly code: string };
}

export const textOf = (heard: readonly HeardEvent[]) => heard.map(({ text = '' }) => text).join('');

/** Reads a subscription by server-sent events, until it ends or the test leaves. */
export function subscribe(
  server: { readonly url: string },
  field: 'complete' | 'completionEvents',
  query: string,
  variables: Record<string, unknown>,
  key = adminKey,
) {
  const client = createClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const heard: HeardEvent[] = [];
  const errors: string[] = [];
  let leave = () => {};
  const over = new Promise<void>(resolve => {
    const unsubscribe = client.subscribe<Record<string, HeardEvent>>(
      { query, variables },
      {
        next({ data, errors: faults = [] }) {
          const event = data?.[field];
          if (event != null) heard.push(event);
          for (const { extensions } of faults) errors.push(String(extensions?.code));
        },
        error: () => resolve(),
        complete: () => resolve(),
      },
    );
    leave = () => {
      unsubscribe();
      resolve();
    };
  });
  return { heard, errors, over, leave: () => leave() };
}

/** The headers of a request of the administrator, with its key where it has one. */
export function adminHeaders(idempotencyKey?: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    authorization: `Bearer ${adminKey}`,
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

/** Asks the OpenAI-compatible API of a server. */
export function chat(
  server: { readonly url: string },
  body: Record<string, unknown>,
  idempotencyKey?: string,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: adminHeaders(idempotencyKey),
    body: JSON.stringify({ model: 'acme/one', messages: [{ role: 'user', content: 'Hi' }], ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}
