import type { Completion, CompletionError } from '../model/completion.ts';
import type { ProviderFailure } from '../providers/provider.ts';
import { countExclusions } from '../routing/exclusion-counts.ts';
import { createAnswerBuilder } from './answer-builder.ts';
import type { AttemptEnd } from './attempt.ts';
import { completionError } from './failure.ts';
import type { PlannedRequest } from './plan-request.ts';

/** How a run ends: what of its completion changes. */
export type RunOutcome = Pick<Completion, 'status'> & Partial<Completion>;

/** Why a planned request is not even tried: no endpoint is left. */
export function refusalOf({ attempts, decision }: PlannedRequest): CompletionError | undefined {
  if (attempts.length > 0) return undefined;
  const counts = countExclusions(decision.candidates);
  const reasons = [...new Set(counts.map(count => count.code))].join(', ');
  const why = reasons === '' ? 'none is configured' : reasons;
  return completionError('NO_ELIGIBLE_ENDPOINT', `No endpoint may serve this request: ${why}.`, undefined, counts);
}

/** A stream has cost what was reserved for it. */
export const reservationUsed = completionError(
  'BUDGET_EXCEEDED',
  'The answer has cost all that a budget had reserved for it.',
);

export function finishedWith(end: AttemptEnd): RunOutcome {
  return { status: 'FINISHED', answer: end.answer, finishReason: end.finishReason ?? 'STOP' };
}

export function brokenOff(end: AttemptEnd, error: CompletionError): RunOutcome {
  return { status: error.code === 'CANCELLED' ? 'CANCELLED' : 'INCOMPLETE', answer: end.answer, error };
}

/** A content rule let no more of the answer out. */
export function blockedBy(end: AttemptEnd, error: CompletionError): RunOutcome {
  return { status: end.hasDelivered ? 'INCOMPLETE' : 'REFUSED', answer: end.answer, error };
}

export function statusOf({ code }: CompletionError): Completion['status'] {
  if (code === 'CANCELLED') return 'CANCELLED';
  if (code === 'BUDGET_EXCEEDED') return 'REFUSED';
  return code === 'CONTENT_FILTERED' || code === 'CONTENT_BLOCKED' ? 'REFUSED' : 'FAILED';
}

/** The later error, with the earlier time to come back of the two. */
export function earlierRetry(earlier: CompletionError | undefined, later: CompletionError): CompletionError {
  if (earlier?.retryAfterMs === undefined) return later;
  return { ...later, retryAfterMs: Math.min(earlier.retryAfterMs, later.retryAfterMs ?? earlier.retryAfterMs) };
}

/** The caller left between the journal and the call: nothing was sent, so nothing is booked. */
export function neverCalled(error: CompletionError): AttemptEnd {
  return {
    failure: stopFailure(error),
    wasSent: false,
    wasAccepted: false,
    hasDelivered: false,
    answer: createAnswerBuilder().answer(),
    redactions: [],
    outputTexts: () => [],
    reportedUsage: {},
    durationMs: 0,
  };
}

/** A stop by the gateway, as the attempt that it ends shows it. */
export function stopFailure({ code }: CompletionError): ProviderFailure {
  return { kind: code === 'DEADLINE_EXCEEDED' ? 'deadline' : 'cancelled', detail: code };
}

/** A completion as others than its own reader may see it. */
export function withoutContent({ answer: _content, ...facts }: Completion): Completion {
  return facts;
}
