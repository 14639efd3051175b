import type { FailureKind } from './provider.ts';

/** What an HTTP status that is not 2xx means where the body does not say more. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 402 || status === 403) return 'credentials';
  if (status === 404) return 'model-not-found';
  if (status === 429) return 'rate-limited';
  // 529 is Anthropic's "overloaded".
  if (status === 503 || status === 529) return 'overloaded';
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'server';
  // Adapters follow no redirects: one is an answer from something else than the API.
  return status < 400 ? 'protocol' : 'bad-request';
}
