import { GatewayError } from '../errors.ts';
import type { CompletionError } from '../model/completion.ts';
import { type CompletionRequest, isReasoning } from '../model/completion-request.ts';
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
import { attemptLimits, type FirstTokenFacts } from './limits.ts';
import { assumedUsage } from './meter.ts';
import { neverCalled } from './outcome.ts';
import { evaluationFor, type PlannedRequest, rewardsStaying, sessionKey } from './plan-request.ts';
import type { HeldCredential } from './take-credential.ts';
import { seamOf, type Takeover } from './takeover.ts';
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
  /** Whether nothing is delivered before the answer is whole. */
  readonly holdsBack: boolean;
  /** Why the run must end, once it must. */
  readonly stopped: () => CompletionError | undefined;
}

/** The attempts of one run, one after the other. */
export interface RunAttempts {
  /**
   * Clears, reserves, journals, calls and settles one attempt.
   *
   * @param credential Held for it; whoever took it gives it back.
   * @param rest The endpoints that may still be called, this one first.
   * @param hasNext Whether one of them has not failed yet, so that this one is not waited for until the deadline.
   * @param takeover Present where it takes over from an endpoint that has delivered.
   * @returns How it ended; an error where nobody was called.
   */
  make(
    candidate: CandidateFacts,
    credential: HeldCredential,
    rest: readonly CandidateFacts[],
    hasNext: boolean,
    takeover?: Takeover,
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

/**
 * What was read; or, for a takeover, the error because of which nobody can tell what is in force: an answer that stands does so without
 * this attempt, while no other begins.
 */
function withoutFault<Result>(isTakeover: boolean, read: () => Result): Result | { readonly error: CompletionError } {
  try {
    return read();
  } catch (fault) {
    if (!isTakeover || !(fault instanceof GatewayError)) throw fault;
    return { error: completionError(fault.code, fault.message, fault.retryAfterMs) };
  }
}

/** Prepares the attempts of one run; calls nobody yet. */
export function createRunAttempts(parts: RunParts, context: RunContext): RunAttempts {
  const { clock } = parts;
  const { completionId, principal, request, planned, booking, admission, writer, startedMs, holdsBack, stopped } =
    context;
  const { configured } = planned;
  const { observer } = booking;
  const excludeReasoning = request.prompt.reasoning?.exclude ?? false;
  const hasUsualFirstToken = request.stream && !isReasoning(request.prompt);
  let current: RunningAttempt | undefined;
  let serving: CandidateFacts | undefined;
  let hasDelivered = false;

  async function make(
    candidate: CandidateFacts,
    credential: HeldCredential,
    rest: readonly CandidateFacts[],
    hasNext: boolean,
    takeover?: Takeover,
  ): Promise<AttemptEnd | CompletionError> {
    const { endpoint } = candidate;
    const delivered = takeover?.method === 'PREFIX' ? takeover.delivered : undefined;
    const clear = () => clearAttempt(parts, principal, request, planned, candidate, delivered);
    const provider = configured.providers.get(endpoint.providerId);
    if (provider === undefined) return completionError('INTERNAL', 'The provider is no longer configured.');
    const startedAt = clock.now();
    const attemptId = uuidV7(startedAt);
    const clearance = clear();
    if ('error' in clearance) return clearance.error;
    const { needs } = clearance;
    const opened = ({ amount, budgets }: AdmittedAttempt) => {
      const assumed = assumedUsage(needs.mostInputTokens, needs.maxOutputTokens, amount);
      const levels = budgets.map(({ level }) => level);
      return openedAttempt(attemptId, completionId, startedAt, candidate, assumed, levels);
    };
    const factsOf = (admitted: AdmittedAttempt) => booking.factsOf(opened(admitted), admitted.budgets);
    // What the one before has not cost is there for this one.
    await booking.givenBack();
    const held = await admission.hold(attemptId, startedAt, clearance.newest, rest, needs, factsOf);
    if ('error' in held) return held.error;
    const isBound = held.budgets.some(({ enforced }) => enforced);
    const journalled = opened(held);
    const traceparent = observer.attemptOpened(journalled);
    await booking.journal(journalled);
    // Between the journal and the call a policy may have come into force.
    const latest = withoutFault(takeover !== undefined, () => {
      const isInForce = evaluationFor(parts, principal, request.workload) === clearance.newest;
      return isInForce ? clearance : clear();
    });
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
    const rules = guardAnswer(latest.content, latest.carried === undefined ? '' : takeover?.delivered);
    const seam = takeover === undefined ? undefined : seamOf(takeover, rules, latest);
    const guard = seam ?? rules;
    const limits = attemptLimits(provider.limits, request, hasNext, usualFirstToken(endpoint.id));
    current = startAttempt({
      adapter: credential.adapter,
      request: latest.cleared,
      ...(traceparent === undefined ? {} : { traceparent }),
      limits,
      excludeReasoning,
      ...(isBound ? { reserved: { amount: held.amount, inputTokens: needs.inputTokens } } : {}),
      ...(guard === undefined ? {} : { guard }),
      holdsBack,
      clock,
      onCommit() {
        hasDelivered = true;
        credential.answered();
        booking.commit(endpoint.id, request.stream ? clock.monotonicMs() - startedMs : undefined);
        if (takeover === undefined) return writer.started(endpoint);
        const { from, reason } = takeover;
        writer.handoff({ from, to: endpoint, reason, voids: seam?.isOpen === true });
      },
      deliver: events => writer.deltas(events),
    });
    serving = candidate;
    const end = await current.ended;
    current = undefined;
    serving = undefined;
    recordEnd(credential, end, limits.firstEventMs);
    booking.note(end.redactions);
    const sent = { prompt: latest.cleared.prompt, needs: latest.needs };
    await booking.settle(journalled, end, candidate, sent);
    if (end.failure === undefined && request.sessionId !== undefined && rewardsStaying(endpoint)) {
      parts.sessions.remember(sessionKey(principal, request.sessionId), endpoint.id, startedAt);
    }
    return seam?.isOpen === true ? { ...end, isOpen: true } : end;
  }

  function usualFirstToken(endpointId: string): FirstTokenFacts | undefined {
    if (!hasUsualFirstToken) return undefined;
    const { inputTokens } = planned.needs;
    const p99Ms = parts.health.firstTokenP99Ms(endpointId, inputTokens, clock.monotonicMs());
    return { inputTokens, ...(p99Ms === undefined ? {} : { p99Ms }) };
  }

  function recordEnd(credential: HeldCredential, end: AttemptEnd, firstEventMs: number | undefined): void {
    try {
      credential.ended(end, {
        ...(request.stream ? {} : { isUnary: true }),
        ...(hasUsualFirstToken ? { inputTokens: planned.needs.inputTokens } : {}),
        ...(firstEventMs === undefined ? {} : { firstEventMs }),
      });
    } catch (fault) {
      // The answer stands, and is booked.
      observer.failed(fault);
    }
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
