import type { Completion, CompletionError, CompletionEvent, CompletionStatus } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import { formatDollars } from '../model/money.ts';
import type { Principal } from '../model/principal.ts';
import { noUsage } from '../model/usage.ts';
import type { IdempotentEnd } from '../stores/idempotency-store.ts';
import { completionError } from './failure.ts';
import { statusOf } from './outcome.ts';

/** Who asked, and for what: what a completion that this node has no record of is shown by. */
export interface Asked {
  readonly principal: Principal;
  readonly request: Pick<CompletionRequest, 'workload' | 'labels'>;
}

/** A completion by what is known of it without its record. */
export function knownBy(
  { principal, request }: Asked,
  id: string,
  now: number,
  status: CompletionStatus,
  more: Partial<Completion> = {},
): Completion {
  return {
    id,
    tenantId: principal.tenantId,
    projectId: principal.projectId,
    status,
    usage: noUsage,
    attempts: [],
    redactions: [],
    createdAt: now,
    workload: request.workload,
    labels: request.labels,
    ...more,
  };
}

const noText = {
  'not kept': 'Its text was not kept: a policy with retention.gatewayContent lets it be.',
  withheld: 'A content rule that is in force now does not let its text be read.',
} as const;

/**
 * The last event for one whose twin has ended, and whose text was not kept, or who may not have it.
 *
 * @param why Why there is no text.
 * @param recorded The twin's record, where this node has it.
 */
export function conflictEvent(
  asked: Asked,
  end: IdempotentEnd,
  now: number,
  why: keyof typeof noText,
  recorded?: Completion,
): CompletionEvent {
  const { completionId, status, cost } = end;
  const error: CompletionError = {
    ...completionError(
      'CONFLICT',
      `The request with this idempotency key ran as ${completionId}: ${status}, $${formatDollars(cost)}. ${noText[why]}`,
    ),
    earlier: end,
  };
  const { answer: _never, ...facts } =
    recorded?.status === status ? recorded : knownBy(asked, completionId, now, status, { usage: { ...noUsage, cost } });
  return { type: 'failed', completionId, seq: 0, error, completion: { ...facts, error } };
}

/** The last event of a request that was not run here, or is not read on. */
export function refusedEvent(
  asked: Asked,
  completionId: string,
  now: number,
  error: CompletionError,
  seq = 0,
  hasText = false,
): CompletionEvent {
  const status = hasText && error.code !== 'CANCELLED' ? 'INCOMPLETE' : statusOf(error);
  const completion = knownBy(asked, completionId, now, status, { error, finishedAt: now });
  return { type: hasText ? 'incomplete' : 'failed', completionId, seq, error, completion };
}

/** The last event of a stream whose node is gone, for who followed it from elsewhere. */
export function goneEvent(
  asked: Asked,
  completionId: string,
  now: number,
  seq: number,
  hasText: boolean,
): CompletionEvent {
  const error = completionError('STREAM_CUT', 'The node that ran the completion is gone, or cannot be reached.');
  return refusedEvent(asked, completionId, now, error, seq, hasText);
}
