import type { CompletionError } from '../model/completion.ts';
import { createCourse } from '../routing/course.ts';
import type { RunParts } from './core.ts';
import { completionError, errorOf, meaningOf, retryAfterOf } from './failure.ts';
import { contentBlocked } from './inspect-request.ts';
import { blockedBy, brokenOff, earlierRetry, finishedWith, type RunOutcome, statusOf } from './outcome.ts';
import type { Pause } from './pause.ts';
import type { PlannedRequest } from './plan-request.ts';
import type { RunAttempts } from './run-attempts.ts';

export interface FailoverOptions {
  readonly planned: PlannedRequest;
  readonly attempts: RunAttempts;
  /** Ended when the run is stopped. */
  readonly pause: Pause;
  /** When the run must be over, in milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** Why the run must end, once it must. */
  readonly stopped: () => CompletionError | undefined;
}

const reservationUsed = completionError(
  'BUDGET_EXCEEDED',
  'The answer has cost all that a budget had reserved for it.',
);

/** Calls one endpoint after another, as the course says, until one has answered or none is left. */
export async function answerRequest(parts: RunParts, options: FailoverOptions): Promise<RunOutcome> {
  const { planned, attempts, pause, deadlineAt, stopped } = options;
  const { clock, health, retryBudget } = parts;
  const course = createCourse({
    attempts: planned.attempts,
    waiting: planned.waiting,
    coolingUntil: ({ endpoint }, now) => health.coolingUntil(endpoint.id, now),
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
    // A healthy endpoint is what a reroute is for; calling one that fails is what multiplies an outage.
    if (step.isRepeat || (step.isFollowing && isBroken(candidate.endpoint.id))) {
      if (!retryBudget.take()) {
        course.skip(candidate);
        continue;
      }
    } else if (step.isFollowing) retryBudget.count();
    const end = await attempts.make(candidate, step.rest, step.hasNext);
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
    lastError = earlierRetry(lastError, errorOf(failure, end.hasDelivered));
    if (end.hasDelivered) return brokenOff(end, stopped() ?? lastError);
    course.failed(candidate, meaningOf(failure).setback, clock.now(), retryAfterOf(failure));
  }
  const error = stopped() ?? lastError ?? completionError('INTERNAL', 'No endpoint was tried.');
  return { status: statusOf(error), error };

  function isBroken(endpointId: string): boolean {
    return health.health(endpointId, clock.now()).state === 'OPEN';
  }
}
