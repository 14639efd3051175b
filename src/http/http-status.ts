import type { ErrorCode } from '../errors.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  NO_ELIGIBLE_ENDPOINT: 404,
  CONTENT_BLOCKED: 403,
  BUDGET_EXCEEDED: 402,
  RATE_LIMITED: 429,
  POLICY_NOT_ENFORCEABLE: 403,
  IDEMPOTENCY_MISMATCH: 422,
  CONTEXT_LENGTH_EXCEEDED: 400,
  CONTENT_FILTERED: 400,
  PROVIDER_FAILED: 502,
  PROVIDER_TIMEOUT: 504,
  PROVIDER_RATE_LIMITED: 429,
  PROVIDER_CREDENTIALS_REJECTED: 502,
  DEADLINE_EXCEEDED: 504,
  STREAM_CUT: 502,
  CANCELLED: 499,
  OVERLOADED: 503,
  STORE_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  INTERNAL: 500,
};

/**
 * The HTTP status that stands for a code where an answer has one: the OpenAI API, and requests that never
 * became a GraphQL operation. 499 is nginx's "client closed request".
 */
export function httpStatusOf(code: ErrorCode): number {
  return statuses[code];
}
