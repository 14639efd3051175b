import type { ErrorCode } from '../src/errors.ts';

interface ErrorDescription {
  readonly meaning: string;
  readonly advice: string;
}

/** What each code means, and what to do about it. */
export const errorDescriptions: Readonly<Record<ErrorCode, ErrorDescription>> = {
  UNAUTHENTICATED: {
    meaning: 'There is no such key or token, or it has expired or was revoked. Never an outage of the gateway.',
    advice: 'Send a valid key as `Authorization: Bearer …`.',
  },
  FORBIDDEN: {
    meaning: 'The caller is known, and may not do this: its role, or its list of workloads, does not allow it.',
    advice: 'Ask an administrator of the project.',
  },
  BAD_USER_INPUT: {
    meaning: 'The request is malformed, too large, or asks for something that is not available yet.',
    advice: 'Correct the place that `inputPath` names. Nothing was charged.',
  },
  NOT_FOUND: {
    meaning: 'There is no such thing, or none that the caller may know of.',
    advice: 'Check the id; `models` lists what can be asked for.',
  },
  CONFLICT: {
    meaning:
      'Something else has changed, or taken, what this request wanted; or a request with the same idempotency key has ended, and its text was not kept.',
    advice: 'Read the present state, then decide anew. The completion that is returned is the one that ran.',
  },
  NO_ELIGIBLE_ENDPOINT: {
    meaning: 'Every endpoint was excluded: by policy, by the caller’s own demands, or by what the endpoints can do.',
    advice: '`error.excludedBy` counts the reasons; `route` shows them endpoint by endpoint.',
  },
  CONTENT_BLOCKED: {
    meaning: 'A content rule refused the prompt, or ended the answer.',
    advice: '`redactions` names the kinds that were found. Remove them, or ask who set the rule.',
  },
  BUDGET_EXCEEDED: {
    meaning: 'The worst case of the request does not fit a budget, or the answer reached what was reserved for it.',
    advice:
      '`error.limitedBy` names the budget, what is left and when its window ends. Ask for fewer output tokens or a cheaper model, or wait.',
  },
  RATE_LIMITED: {
    meaning: 'A rate limit is used up; or the request needs more than a window ever grants, and then is not retryable.',
    advice:
      'Wait for `retryAfterMs`; where it is null, ask for less. `error.limitedBy` names the limit and what is left.',
  },
  POLICY_NOT_ENFORCEABLE: {
    meaning:
      'A rule is in force that this gateway has no enforcer for, so that the request is refused; or a policy that asks for one is to be written.',
    advice: 'An administrator installs the rule or changes the policy.',
  },
  IDEMPOTENCY_MISMATCH: {
    meaning: 'The idempotency key was used with another input.',
    advice: 'Use a new key for a new request.',
  },
  CONTEXT_LENGTH_EXCEEDED: {
    meaning: 'The prompt is longer than the model takes.',
    advice: 'Shorten it, or choose a model with more `contextTokens`.',
  },
  CONTENT_FILTERED: {
    meaning: 'The provider’s own filter refused the prompt or the answer.',
    advice: 'Change the prompt, or try another provider.',
  },
  PROVIDER_FAILED: {
    meaning: 'The providers that were tried answered with a fault, or not in their protocol.',
    advice: 'Try again; `attempts` shows each one.',
  },
  PROVIDER_TIMEOUT: {
    meaning: 'The providers that were tried did not answer in time.',
    advice: 'Try again, or allow fallbacks.',
  },
  PROVIDER_RATE_LIMITED: {
    meaning: 'The providers that were tried have refused for now: too many requests.',
    advice: 'Wait for `retryAfterMs`, or allow more providers.',
  },
  PROVIDER_CREDENTIALS_REJECTED: {
    meaning: 'A provider refused the gateway’s own credential or account.',
    advice: 'An administrator checks the provider’s key and its credit.',
  },
  DEADLINE_EXCEEDED: {
    meaning: 'The request’s `deadline` passed.',
    advice: 'Try again, with a longer deadline where the work needs it.',
  },
  STREAM_CUT: {
    meaning:
      'The provider’s stream broke after text had been delivered, and nobody took over; or the node is gone that ran what was read on another one.',
    advice: 'What arrived is in `partialText` and is charged. Try again.',
  },
  CANCELLED: {
    meaning: 'The caller left, or the completion was cancelled.',
    advice: 'Nothing. What was generated until then is charged.',
  },
  OVERLOADED: {
    meaning: 'The gateway has as much work as it takes.',
    advice: 'Wait for `retryAfterMs`.',
  },
  STORE_UNAVAILABLE: {
    meaning: 'The gateway cannot reach its own state, and so decides nothing.',
    advice: 'Try again; those who run the gateway look at its log.',
  },
  SHUTTING_DOWN: {
    meaning: 'This node is shutting down.',
    advice: 'Try again: another node, or this one after its restart.',
  },
  INTERNAL: {
    meaning: 'A fault of the gateway itself. The answer says no more.',
    advice: 'Give the `correlationId` to those who run the gateway: it leads to the log.',
  },
};
