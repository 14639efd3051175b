import type { CompletionError } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { ProviderFailure } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { Admission, AdmittedAttempt } from './admission.ts';
import { guardAnswer } from './answer-guard.ts';
import { type AttemptEnd, type RunningAttempt, startAttempt } from './attempt.ts';
import type { Booking } from './booking.ts';
import { clearAttempt, streamRefusal } from './clear-attempt.ts';
import type { RunParts } from './core.ts';
import type { EventWriter } from './event-writer.ts';
import { openedAttempt } from './facts.ts';
import { completionError } from './failure.ts';
import { attemptLimits } from './limits.ts';
import { assumedUsage } from './meter.ts';
import { neverCalled } from './outcome.ts';
import { evaluationFor, type PlannedRequest, rewardsStaying, sessionKey } from './plan-request.ts';
import { uuidV7 } from './uuid-v7.ts';

/** What the attempts of one run share. */
export interface RunContext {
  readonly completionId: string;
  readonly principal: Principal;
  readonly request: CompletionRequest;
  readonly planned: PlannedRequest;
  readonly booking: Booking;
  readonly admission: Admission;
  readonly writer: EventWriter;
  /** When the run began, on the monotonic clock. */
  readonly startedMs: number;
  /** Why the run must end, once it must. */
  readonly stopped: () => CompletionError | undefined;
}

/** The attempts of one run, one after the other. */
export interface RunAttempts {
  /**
   * Clears, reserves, journals, calls and settles one attempt.
   *
   * @param rest The endpoints that may still be called, this one first.
   * @param hasNext Whether one of them has not failed yet, so that this one is not waited for until the deadline.
   * @returns How it ended; an error where nobody was called.
   */
  make(
    candidate: CandidateFacts,
    rest: readonly CandidateFacts[],
    hasNext: boolean,
  ): Promise<AttemptEnd | CompletionError>;
  /** Whether an attempt of this run has let out anything. */
  readonly hasDelivered: boolean;
  /** The reader can take more again. */
  resume(): void;
  /** Ends the one under way, if any. */
  abort(failure: ProviderFailure): void;
  /** Why the one under way must end, by a rule that came into force meanwhile and cuts streams. */
  refusal(): CompletionError | undefined;
}

/** Prepares the attempts of one run; calls nobody yet. */
export function createRunAttempts(parts: RunParts, context: RunContext): RunAttempts {
  const { clock } = parts;
  const { completionId, principal, request, planned, booking, admission, writer, startedMs, stopped } = context;
  const { needs, configured } = planned;
  const { observer } = booking;
  const excludeReasoning = request.prompt.reasoning?.exclude ?? false;
  let current: RunningAttempt | undefined;
  let serving: CandidateFacts | undefined;
  let hasDelivered = false;

  async function make(
    candidate: CandidateFacts,
    rest: readonly CandidateFacts[],
    hasNext: boolean,
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
      const levels = budgets.map(({ level }) => level);
      return openedAttempt(attemptId, completionId, startedAt, candidate, assumed, levels);
    };
    const factsOf = (admitted: AdmittedAttempt) => booking.factsOf(opened(admitted));
    const held = await admission.hold(attemptId, startedAt, clearance.newest, rest, factsOf);
    if ('error' in held) return held.error;
    const isBound = held.budgets.some(({ enforced }) => enforced);
    const journalled = opened(held);
    const traceparent = observer.attemptOpened(journalled);
    await booking.journal(journalled);
    // Between the journal and the call a policy may have come into force.
    const isInForce = evaluationFor(parts, principal, request.workload) === clearance.newest;
    const latest = isInForce ? clearance : clearAttempt(parts, principal, request, planned, candidate);
    const stop = stopped();
    if (stop !== undefined) {
      const end = neverCalled(stop);
      await booking.settle(journalled, end);
      return end;
    }
    if ('error' in latest) {
      await booking.settle(journalled, neverCalled(latest.error));
      return latest.error;
    }
    booking.note(latest.findings);
    const guard = guardAnswer(latest.content);
    current = startAttempt({
      adapter: provider.adapter,
      request: latest.cleared,
      ...(traceparent === undefined ? {} : { traceparent }),
      limits: attemptLimits(provider.limits, request, hasNext),
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

  return {
    make,
    get hasDelivered() {
      return hasDelivered;
    },
    resume: () => current?.resume(),
    abort: failure => current?.abort(failure),
    refusal() {
      if (serving === undefined) return undefined;
      return streamRefusal(parts, principal, request.workload, planned, serving);
    },
  };
}
