import { GatewayError } from '../errors.ts';
import type { Completion, CompletionError, CompletionEvent } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import { hasRole, isSameCaller, type Principal } from '../model/principal.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import { type AdmittedAttempt, createAdmission } from './admission.ts';
import { guardAnswer } from './answer-guard.ts';
import { type AttemptEnd, type RunningAttempt, startAttempt } from './attempt.ts';
import { createBooking } from './booking.ts';
import { clearAttempt, streamRefusal } from './clear-attempt.ts';
import type { RunParts } from './core.ts';
import { createEventWriter } from './event-writer.ts';
import { openedAttempt } from './facts.ts';
import { completionError, errorOf, meaningOf } from './failure.ts';
import type { RunOptions } from './gateway.ts';
import { contentBlocked } from './inspect-request.ts';
import { attemptLimits } from './limits.ts';
import { assumedUsage } from './meter.ts';
import {
  blockedBy,
  brokenOff,
  earlierRetry,
  finishedWith,
  neverCalled,
  type RunOutcome,
  refusalOf,
  statusOf,
  stopFailure,
  withoutContent,
} from './outcome.ts';
import { evaluationFor, planRequest, rewardsStaying, sessionKey } from './plan-request.ts';
import type { RateLimitLeft } from './rate-limiting.ts';
import { uuidV7 } from './uuid-v7.ts';
import { watchSignal } from './watch-signal.ts';

/** A run as the gateway keeps it while it lasts. */
export interface ActiveRun {
  readonly id: string;
  readonly events: EventStream<CompletionEvent>;
  readonly limitsLeft: readonly RateLimitLeft[];
  /** Its facts as far as it has come; its content is for its own reader alone. */
  snapshot(): Completion;
  /** Whether it is theirs, or in a project that they administer. */
  mayBeStoppedBy(other: Principal): boolean;
  /** Ends it with this error; what was delivered stands. */
  stop(error: CompletionError): void;
  /** Policies have changed: ends it where a rule that cuts streams now rejects its endpoint. */
  recheck(): void;
  /** Resolves with the completion once it is booked. Never rejects. */
  readonly ended: Promise<Completion>;
}

const reservationUsed = completionError(
  'BUDGET_EXCEEDED',
  'The answer has cost all that a budget had reserved for it.',
);
const endedByCaller = completionError('CANCELLED', 'The caller left.');

/**
 * Begins a run: plans it at once, then journals, calls, fails over, settles and books.
 *
 * @throws {GatewayError} NOT_FOUND for a model that nobody knows. Everything later is data.
 */
export function startRun(
  parts: RunParts,
  principal: Principal,
  request: CompletionRequest,
  options: RunOptions,
): ActiveRun {
  const { clock } = parts;
  const createdAt = clock.now();
  const startedMs = clock.monotonicMs();
  const id = uuidV7(createdAt);
  const planned = planRequest(parts, principal, request, id);
  const { decision, needs, configured } = planned;
  const facts = { id, createdAt, principal, request, planned, entrance: options.entrance };
  const booking = createBooking(parts, facts, options);
  const { observer } = booking;
  const admission = createAdmission(parts, principal, planned, observer.wouldRefuse);
  const release = configured.lease();

  let current: RunningAttempt | undefined;
  let serving: CandidateFacts | undefined;
  let stopped: CompletionError | undefined;
  let hasDelivered = false;
  const { promise: ended, resolve } = Promise.withResolvers<Completion>();

  const output = createEventStream<CompletionEvent>({
    onResume: () => current?.resume(),
    onCancel: () => stop(endedByCaller),
  });
  const excludeReasoning = request.prompt.reasoning?.exclude ?? false;
  const writer = createEventWriter({ completionId: id, output });

  function stop(error: CompletionError): void {
    if (stopped !== undefined) return;
    stopped = error;
    current?.abort(stopFailure(error));
  }

  /** Books the end, then tells the caller: who sees the last event can read it in the ledger. */
  async function close(outcome: RunOutcome): Promise<void> {
    endAdmission();
    await booking.close(outcome);
    tellEnd();
  }

  function endAdmission(): void {
    const { inputTokens, outputTokens } = booking.completion.usage;
    admission.end(inputTokens + outputTokens);
  }

  function tellEnd(): void {
    const { completion } = booking;
    if (completion.status === 'FINISHED') writer.finished(completion);
    else {
      const error = completion.error ?? completionError('INTERNAL', 'The completion ended without a reason.');
      writer.ended(hasDelivered ? 'incomplete' : 'failed', error, completion);
    }
    resolve(completion);
  }

  /** @param rest The endpoints that are still to be tried, this one first. */
  async function attempt(
    candidate: CandidateFacts,
    rest: readonly CandidateFacts[],
  ): Promise<AttemptEnd | CompletionError> {
    const { endpoint } = candidate;
    const provider = configured.providers.get(endpoint.providerId);
    if (provider === undefined) return completionError('INTERNAL', 'The provider is no longer configured.');
    const startedAt = clock.now();
    const attemptId = uuidV7(startedAt);
    const clearance = clearAttempt(parts, principal, request, planned, candidate);
    if ('error' in clearance) return clearance.error;
    const opened = ({ amount, budgets }: AdmittedAttempt) => {
      const assumed = assumedUsage(needs.mostInputTokens, needs.maxOutputTokens, amount);
      return openedAttempt(
        attemptId,
        id,
        startedAt,
        candidate,
        assumed,
        budgets.map(({ level }) => level),
      );
    };
    const factsOf = (admitted: AdmittedAttempt) => booking.factsOf(opened(admitted), admitted.budgets);
    const held = await admission.hold(attemptId, startedAt, clearance.newest, rest, factsOf);
    if ('error' in held) return held.error;
    const isBound = held.budgets.some(({ enforced }) => enforced);
    const journalled = opened(held);
    const traceparent = observer.attemptOpened(journalled);
    await booking.journal(journalled);
    // Between the journal and the call a policy may have come into force.
    const isInForce = evaluationFor(parts, principal, request.workload) === clearance.newest;
    const latest = isInForce ? clearance : clearAttempt(parts, principal, request, planned, candidate);
    if (stopped !== undefined || 'error' in latest) {
      const error = stopped ?? ('error' in latest ? latest.error : endedByCaller);
      const end = neverCalled(error);
      await booking.settle(journalled, end);
      return stopped === undefined ? error : end;
    }
    booking.note(latest.findings);
    const guard = guardAnswer(latest.content);
    current = startAttempt({
      adapter: provider.adapter,
      request: latest.cleared,
      ...(traceparent === undefined ? {} : { traceparent }),
      limits: attemptLimits(provider.limits, request, rest.length > 1),
      excludeReasoning,
      ...(isBound ? { reserved: { amount: held.amount, inputTokens: needs.inputTokens } } : {}),
      ...(guard === undefined ? {} : { guard }),
      clock,
      onCommit() {
        hasDelivered = true;
        booking.commit(endpoint.id, request.stream ? clock.monotonicMs() - startedMs : undefined);
        writer.started(endpoint);
      },
      deliver: events => writer.deltas(events),
    });
    serving = candidate;
    const end = await current.ended;
    current = undefined;
    serving = undefined;
    booking.note(end.redactions);
    await booking.settle(journalled, end, candidate);
    if (end.failure === undefined && request.sessionId !== undefined && rewardsStaying(endpoint)) {
      parts.sessions.remember(sessionKey(principal, request.sessionId), endpoint.id, startedAt);
    }
    return end;
  }

  async function drive(): Promise<void> {
    if (planned.refusal === undefined) writer.accepted(decision);
    const opening = booking.open();
    // Whoever writes on learns of it there, as writes are applied in order.
    opening.catch(() => {});
    const refusal = planned.refusal ?? refusalOf(planned);
    if (refusal !== undefined) {
      await opening;
      return await close({ status: 'REFUSED', error: refusal });
    }
    const limited = await admission.begin();
    if (limited !== undefined) {
      await opening;
      return await close({ status: 'REFUSED', error: limited });
    }
    const { attempts } = planned;
    let lastError: CompletionError | undefined;
    for (const [index, candidate] of attempts.entries()) {
      if (stopped !== undefined) break;
      const end = await attempt(candidate, attempts.slice(index));
      if ('code' in end) {
        lastError = end;
        if (end.code === 'CONTENT_BLOCKED' || end.code === 'BUDGET_EXCEEDED') break;
        continue;
      }
      const { failure, blockedFor } = end;
      if (end.hasUsedReservation === true) return await close(brokenOff(end, reservationUsed));
      if (blockedFor !== undefined) return await close(blockedBy(end, contentBlocked(blockedFor, 'The answer')));
      if (failure === undefined) return await close(finishedWith(end));
      lastError = earlierRetry(lastError, errorOf(failure, end.hasDelivered));
      if (end.hasDelivered) return await close(brokenOff(end, stopped ?? lastError));
      if (!meaningOf(failure).failsOver) break;
    }
    const error = stopped ?? lastError ?? completionError('INTERNAL', 'No endpoint was tried.');
    await close({ status: statusOf(error), error });
  }

  async function abandon(cause: unknown): Promise<void> {
    const error =
      cause instanceof GatewayError
        ? completionError(cause.code, cause.message, cause.retryAfterMs)
        : completionError('INTERNAL', 'The gateway failed.');
    current?.abort(stopFailure(error));
    await booking.abandon(error, cause);
    endAdmission();
    tellEnd();
  }

  /** Ends the run where a rule that came into force meanwhile cuts the stream from this endpoint. */
  function recheck(): void {
    if (serving === undefined) return;
    const refusal = streamRefusal(parts, principal, request.workload, planned, serving);
    if (refusal !== undefined) stop(refusal);
  }

  const cancelDeadline = clock.after(request.deadlineMs, () =>
    stop(completionError('DEADLINE_EXCEEDED', 'The deadline of the request has passed.')),
  );
  const onRevoked = () => stop(completionError('UNAUTHENTICATED', 'The credential has expired or was revoked.'));
  const forgetRevocation = principal.revoked === undefined ? undefined : watchSignal(principal.revoked, onRevoked);

  drive()
    .catch(abandon)
    .finally(() => {
      cancelDeadline();
      forgetRevocation?.();
      release();
    });

  return {
    id,
    events: output.stream,
    get limitsLeft() {
      return admission.left;
    },
    stop,
    recheck,
    mayBeStoppedBy: other => isSameCaller(principal, other) || hasRole(other, 'ADMIN', principal.projectPath),
    ended,
    snapshot: () => withoutContent(booking.completion),
  };
}
