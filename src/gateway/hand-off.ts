import { GatewayError } from '../errors.ts';
import type { CompletionError } from '../model/completion.ts';
import type { HandoffMode } from '../model/completion-request.ts';
import type { ProviderFailure } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { AttemptEnd } from './attempt.ts';
import { errorOf } from './failure.ts';
import { contentBlocked } from './inspect-request.ts';
import { blockedBy, brokenOff, finishedWith, type RunOutcome, reservationUsed } from './outcome.ts';
import { afterRefusal, type HandoffStep, handoffReason, planHandoff } from './plan-handoff.ts';
import type { PlannedRequest } from './plan-request.ts';
import type { RunAttempts } from './run-attempts.ts';
import type { RunCredentials } from './run-credentials.ts';
import { joinAnswers } from './takeover.ts';

/** An attempt that broke after it had delivered. */
export interface CutAttempt {
  readonly candidate: CandidateFacts;
  readonly end: AttemptEnd;
  readonly failure: ProviderFailure;
  /** What the caller is told where nobody takes over. */
  readonly error: CompletionError;
}

export interface HandOffOptions {
  readonly planned: PlannedRequest;
  readonly attempts: RunAttempts;
  readonly mode: HandoffMode;
  readonly credentials: RunCredentials;
  /** Why the run must end, once it must. */
  readonly stopped: () => CompletionError | undefined;
}

/** So many endpoints are asked to take over one answer, refusals of a prefix among them. */
const mostCalls = 4;

/**
 * Has another endpoint take over a broken answer, once: the first that lets out anything is the one. Where none does, what
 * was delivered stands, and the answer is incomplete for the reason that the first one broke for.
 *
 * @param others The endpoints that may still be called, without the broken one.
 */
export async function handOff(
  { planned, attempts, mode, credentials, stopped }: HandOffOptions,
  { candidate: left, end: cut, failure, error }: CutAttempt,
  others: readonly CandidateFacts[],
): Promise<RunOutcome> {
  const { prompt, needs } = planned;
  const steps = [...planHandoff({ cut, prompt, mode, inputTokens: needs.inputTokens, candidates: others })];
  let calls = 0;
  while (calls < mostCalls && stopped() === undefined) {
    const step = steps.shift();
    if (step === undefined) break;
    const end = await attempt(step, steps);
    if (end === undefined || 'code' in end) continue;
    calls += 1;
    const outcome = outcomeOf(end);
    if (outcome !== undefined) return outcome;
    if (startsOver(step, end)) steps.unshift(afterRefusal(step));
    else if (end.hasDiverged === true || end.failure?.kind === 'content-filter') break;
  }
  return brokenOff(cut, stopped() ?? error);

  /** Refused to go on from the text; or did not, where another answer is welcome. */
  function startsOver({ method, opens }: HandoffStep, { failure: fault, hasDiverged }: AttemptEnd): boolean {
    return method === 'PREFIX' && (fault?.kind === 'bad-request' || (opens && hasDiverged === true));
  }

  /** @returns Undefined where nobody was called. */
  async function attempt(
    step: HandoffStep,
    later: readonly HandoffStep[],
  ): Promise<AttemptEnd | CompletionError | undefined> {
    const { candidate, method, opens } = step;
    const { text: delivered } = cut.answer;
    const reason = handoffReason(failure.kind);
    // An endpoint that is known to fail, or to limit its rate, heals nothing.
    const credential = credentials.take(candidate, false);
    if ('reason' in credential) return undefined;
    const takeover = { method, opens, from: left.endpoint, reason, delivered };
    try {
      return await attempts.make(candidate, credential, [candidate], later.length > 0, takeover);
    } catch (fault) {
      // Nobody was called: what was delivered stands all the same.
      if (fault instanceof GatewayError) return undefined;
      throw fault;
    } finally {
      credential.release();
    }
  }

  /** @returns Undefined where the attempt has let out nothing, and failed. */
  function outcomeOf(end: AttemptEnd): RunOutcome | undefined {
    const answer = end.isOpen === true && end.hasDelivered ? end.answer : joinAnswers(cut.answer, end.answer);
    const joined: AttemptEnd = { ...end, answer, hasDelivered: true };
    if (end.hasUsedReservation === true) return brokenOff(joined, reservationUsed);
    if (end.blockedFor !== undefined) return blockedBy(joined, contentBlocked(end.blockedFor, 'The answer'));
    if (end.failure === undefined) return finishedWith(joined);
    return end.hasDelivered ? brokenOff(joined, stopped() ?? errorOf(end.failure, true)) : undefined;
  }
}
