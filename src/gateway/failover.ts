import type { CompletionError } from '../model/completion.ts';
import type { ProviderFailure } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import { createCourse, type Setback } from '../routing/course.ts';
import type { RunParts } from './core.ts';
import { completionError, errorOf, meaningOf, retryAfterOf } from './failure.ts';
import { type HandOffOptions, handOff } from './hand-off.ts';
import { contentBlocked } from './inspect-request.ts';
import {
  blockedBy,
  brokenOff,
  earlierRetry,
  finishedWith,
  type RunOutcome,
  reservationUsed,
  statusOf,
} from './outcome.ts';
import type { Pause } from './pause.ts';
import { createRunCredentials } from './run-credentials.ts';
import type { HeldCredential, NoCredential } from './take-credential.ts';

export interface FailoverOptions extends Omit<HandOffOptions, 'credentials'> {
  /** Ended when the run is stopped. */
  readonly pause: Pause;
  /** When the run must be over, in milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** Nobody was called, and so nobody has said why. */
function noCredential({ reason }: NoCredential): CompletionError {
  switch (reason) {
    case 'COOLING':
      return completionError('PROVIDER_RATE_LIMITED', 'The provider limits the rate of requests.');
    case 'REJECTED':
      return completionError('PROVIDER_CREDENTIALS_REJECTED', "The provider rejected the gateway's credential.");
    case 'HELD_BACK':
      return completionError('PROVIDER_FAILED', 'The provider has failed too often of late.');
  }
}

/** Calls one endpoint after another, as the course says, until one has answered or none is left. */
export async function answerRequest(parts: RunParts, options: FailoverOptions): Promise<RunOutcome> {
  const { planned, attempts, pause, deadlineAt, stopped } = options;
  const { clock, retryBudget } = parts;
  const credentials = createRunCredentials(parts, planned.configured);
  const course = createCourse({
    attempts: planned.attempts,
    waiting: planned.waiting,
    lastResorts: planned.lastResorts,
    coolingUntil: credentials.coolingUntil,
    deadlineAt,
    random: parts.random ?? Math.random,
  });
  let lastError: CompletionError | undefined;
  retryBudget.began();

  while (stopped() === undefined) {
    const step = course.next(clock.now());
    if (step.type === 'over') break;
    if (step.type === 'wait') {
      await pause.until(step.until);
      continue;
    }
    const { candidate } = step;
    const credential = credentials.take(candidate, step.isLastResort);
    if ('reason' in credential) {
      if (credential.reason === 'HELD_BACK' && !step.isLastResort) course.postpone(candidate);
      else {
        lastError ??= noCredential(credential);
        course.skip(candidate);
      }
      continue;
    }
    // A healthy endpoint is what a reroute is for; calling one that fails is what multiplies an outage.
    if (step.isRepeat || (step.isFollowing && credential.isForced)) {
      if (!retryBudget.take()) {
        credential.release();
        course.skip(candidate);
        continue;
      }
    }
    const end = await attempts.make(candidate, credential, step.rest, step.hasNext).finally(credential.release);
    if ('code' in end) {
      lastError = end;
      if (end.code === 'CONTENT_BLOCKED' || end.code === 'BUDGET_EXCEEDED') break;
      course.skip(candidate);
      continue;
    }
    const { failure, blockedFor } = end;
    if (end.hasUsedReservation === true) return brokenOff(end, reservationUsed);
    if (blockedFor !== undefined) return blockedBy(end, contentBlocked(blockedFor, 'The answer'));
    if (failure === undefined) return finishedWith(end);
    const error = earlierRetry(lastError, errorOf(failure, end.hasDelivered));
    if (end.hasDelivered) {
      return await handOff({ ...options, credentials }, { candidate, end, failure, error }, step.rest.slice(1));
    }
    lastError = error;
    course.failed(candidate, setbackOf(failure, candidate, credential), clock.now(), retryAfterOf(failure));
  }
  const error = stopped() ?? lastError ?? completionError('INTERNAL', 'No endpoint was tried.');
  return { status: statusOf(error), error };

  function setbackOf(failure: ProviderFailure, candidate: CandidateFacts, credential: HeldCredential): Setback {
    const { setback } = meaningOf(failure);
    if (failure.kind !== 'credentials') return setback;
    return credentials.retire(candidate, credential) ? 'other-credential' : setback;
  }
}
