import type { ErrorCode, GatewayError } from '../../errors.ts';
import type { CompletionError, EarlierCompletion } from '../../model/completion.ts';
import type { LimitedBy } from '../../model/limited-by.ts';
import { formatDollars } from '../../model/money.ts';
import { httpStatusOf } from '../http-status.ts';

/** An error as OpenAI's clients read it; `metadata` is what Tollgate adds. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly param: string | null;
  readonly metadata: {
    /** The code as everywhere else in Tollgate. */
    readonly code: ErrorCode;
    readonly retryable: boolean;
    readonly retry_after_ms?: number;
    /** With BUDGET_EXCEEDED and RATE_LIMITED: the rule that refused. Amounts are exact decimal text. */
    readonly limited_by?: {
      readonly rule: LimitedBy['rule'];
      readonly policy_id?: string;
      readonly name?: string;
      readonly per: LimitedBy['per'];
      readonly unit: LimitedBy['unit'];
      readonly limit: string;
      readonly remaining: string;
      readonly resets_at?: string;
    };
    /** With CONFLICT: what ran under the same idempotency key; the cost in dollars, as exact decimal text. */
    readonly earlier?: { readonly completion_id: string; readonly status: string; readonly cost: string };
    /** With NO_ELIGIBLE_ENDPOINT: how many endpoints each reason excluded. */
    readonly excluded_by?: readonly { readonly code: string; readonly endpoints: number; readonly decisive: boolean }[];
  };
}

/** Names that OpenAI's clients and those who use them already compare with; every other code is written in lower case. */
const openAiCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  UNAUTHENTICATED: 'invalid_api_key',
  RATE_LIMITED: 'rate_limit_exceeded',
  PROVIDER_RATE_LIMITED: 'rate_limit_exceeded',
  BUDGET_EXCEEDED: 'insufficient_quota',
  CONTENT_FILTERED: 'content_filter',
};

/** Maps a fault, or the error of a completion, to the shape of OpenAI's API. */
export function toOpenAiError(error: GatewayError | CompletionError): OpenAiError {
  const { code, message, retryable, retryAfterMs } = error;
  const param = 'path' in error ? (error.path ?? null) : null;
  const excludedBy = 'excludedBy' in error ? error.excludedBy : [];
  const limitedBy = 'limitedBy' in error ? error.limitedBy : undefined;
  const earlier = 'earlier' in error ? error.earlier : undefined;
  return {
    message,
    type: typeOf(httpStatusOf(code)),
    code: code === 'NOT_FOUND' && param === 'model' ? 'model_not_found' : (openAiCodes[code] ?? code.toLowerCase()),
    param,
    metadata: {
      code,
      retryable,
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterMs) }),
      ...(limitedBy === undefined ? {} : { limited_by: writeLimit(limitedBy) }),
      ...(earlier === undefined ? {} : { earlier: writeEarlier(earlier) }),
      ...(excludedBy.length === 0
        ? {}
        : {
            excluded_by: excludedBy.map(({ code: reason, endpoints, decisive }) => ({
              code: reason,
              endpoints,
              decisive,
            })),
          }),
    },
  };
}

function writeEarlier({ completionId, status, cost }: EarlierCompletion) {
  return { completion_id: completionId, status, cost: formatDollars(cost) };
}

function writeLimit({ rule, policy, name, per, unit, limit, remaining, resetsAt }: LimitedBy) {
  return {
    rule,
    ...(policy === undefined ? {} : { policy_id: policy.policyId }),
    ...(name === undefined ? {} : { name }),
    per,
    unit,
    limit,
    remaining,
    ...(resetsAt === undefined ? {} : { resets_at: new Date(resetsAt).toISOString() }),
  };
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'insufficient_quota';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
