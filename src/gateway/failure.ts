import { type ErrorCode, isRetryableCode } from '../errors.ts';
import type { AttemptOutcome, CompletionError } from '../model/completion.ts';
import type { FailureKind, ProviderFailure } from '../providers/provider.ts';
import type { Setback } from '../routing/course.ts';

/** What one kind of failure means for the caller, for the ledger and for the next candidate. */
interface Meaning {
  /** The code before anything was delivered. */
  readonly code: ErrorCode;
  readonly outcome: AttemptOutcome;
  readonly setback: Setback;
  /** Whether it tells against the endpoint's health. */
  readonly isUnhealthy: boolean;
  readonly message: string;
}

const meanings: Readonly<Record<FailureKind, Meaning>> = {
  unreachable: {
    code: 'PROVIDER_FAILED',
    outcome: 'FAILED',
    setback: 'fail-over',
    isUnhealthy: true,
    message: 'The provider could not be reached.',
  },
  protocol: {
    code: 'PROVIDER_FAILED',
    outcome: 'FAILED',
    setback: 'fail-over',
    isUnhealthy: true,
    message: 'The provider answered with something that its protocol does not know.',
  },
  cut: {
    code: 'PROVIDER_FAILED',
    outcome: 'CUT',
    setback: 'fail-over',
    isUnhealthy: true,
    message: 'The provider ended its answer before it was whole.',
  },
  server: {
    code: 'PROVIDER_FAILED',
    outcome: 'FAILED',
    setback: 'retry',
    isUnhealthy: true,
    message: 'The provider failed.',
  },
  overloaded: {
    code: 'PROVIDER_FAILED',
    outcome: 'FAILED',
    setback: 'fail-over',
    isUnhealthy: true,
    message: 'The provider is overloaded.',
  },
  'rate-limited': {
    code: 'PROVIDER_RATE_LIMITED',
    outcome: 'RATE_LIMITED',
    setback: 'cool-down',
    isUnhealthy: false,
    message: 'The provider limits the rate of requests.',
  },
  credentials: {
    code: 'PROVIDER_CREDENTIALS_REJECTED',
    outcome: 'FAILED',
    setback: 'give-up',
    isUnhealthy: false,
    message: "The provider rejected the gateway's credential.",
  },
  'model-not-found': {
    code: 'PROVIDER_FAILED',
    outcome: 'FAILED',
    setback: 'give-up',
    isUnhealthy: false,
    message: 'The provider does not know this model.',
  },
  'context-length': {
    code: 'CONTEXT_LENGTH_EXCEEDED',
    outcome: 'FAILED',
    setback: 'too-long',
    isUnhealthy: false,
    message: 'The request is longer than the model can read.',
  },
  'bad-request': {
    code: 'BAD_USER_INPUT',
    outcome: 'FAILED',
    setback: 'final',
    isUnhealthy: false,
    message: 'The provider refused the request as malformed or unsupported.',
  },
  'content-filter': {
    code: 'CONTENT_FILTERED',
    outcome: 'REFUSED',
    setback: 'final',
    isUnhealthy: false,
    message: "The provider's content filter refused the request.",
  },
  timeout: {
    code: 'PROVIDER_TIMEOUT',
    outcome: 'TIMED_OUT',
    setback: 'give-up',
    isUnhealthy: true,
    message: 'The provider did not answer in time.',
  },
  deadline: {
    code: 'DEADLINE_EXCEEDED',
    outcome: 'TIMED_OUT',
    setback: 'final',
    isUnhealthy: false,
    message: 'The deadline of the request has passed.',
  },
  cancelled: {
    code: 'CANCELLED',
    outcome: 'CANCELLED',
    setback: 'final',
    isUnhealthy: false,
    message: 'The completion was cancelled.',
  },
};

/** A wait that a provider asks for counts at most so long. */
const longestRetryAfterMs = 60_000;

export function meaningOf(failure: ProviderFailure): Meaning {
  return meanings[failure.kind];
}

/** The failure as the caller sees it; once something was delivered, a broken stream is STREAM_CUT. */
export function errorOf(failure: ProviderFailure, hasDelivered: boolean): CompletionError {
  const { code, message: meaning } = meaningOf(failure);
  const message = failure.providerCode === undefined ? meaning : `${meaning} Its code: ${failure.providerCode}.`;
  const isBroken = hasDelivered && code === 'PROVIDER_FAILED';
  return completionError(isBroken ? 'STREAM_CUT' : code, message, retryAfterOf(failure));
}

export function retryAfterOf({ retryAfterMs }: ProviderFailure): number | undefined {
  return retryAfterMs === undefined ? undefined : Math.min(Math.max(retryAfterMs, 0), longestRetryAfterMs);
}

export function completionError(
  code: ErrorCode,
  message: string,
  retryAfterMs?: number,
  excludedBy: CompletionError['excludedBy'] = [],
): CompletionError {
  return {
    code,
    message,
    retryable: isRetryableCode(code),
    excludedBy,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
