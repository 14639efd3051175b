import type { FailureKind } from './provider.ts';

/** What an HTTP status that is not 2xx means where the body does not say more. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 402 || status === 403) return 'credentials';
  if (status === 404) return 'model-not-found';
  if (status === 429) return 'rate-limited';
  // 498 is Groq's "no capacity in this tier", 529 Anthropic's and OpenRouter's "overloaded".
  if (status === 498 || status === 503 || status === 529) return 'overloaded';
  // 424 is what gateways before a model say of a fault behind them: another endpoint may do better.
  if (status === 408 || status === 409 || status === 424 || status === 425 || status >= 500) return 'server';
  // Adapters follow no redirects: one is an answer from something else than the API.
  return status < 400 ? 'protocol' : 'bad-request';
}
