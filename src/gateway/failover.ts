import type { CompletionError } from '../model/completion.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import { completionError, errorOf, meaningOf } from './failure.ts';
import { contentBlocked } from './inspect-request.ts';
import { blockedBy, brokenOff, earlierRetry, finishedWith, type RunOutcome, statusOf } from './outcome.ts';
import type { RunAttempts } from './run-attempts.ts';

const reservationUsed = completionError(
  'BUDGET_EXCEEDED',
  'The answer has cost all that a budget had reserved for it.',
);

/**
 * Tries the candidates until one of them has answered, or none is left.
 *
 * @param stopped Why the run must end, once it must.
 */
export async function answerFrom(
  candidates: readonly CandidateFacts[],
  attempts: RunAttempts,
  stopped: () => CompletionError | undefined,
): Promise<RunOutcome> {
  let lastError: CompletionError | undefined;
  for (const [index, candidate] of candidates.entries()) {
    if (stopped() !== undefined) break;
    const end = await attempts.make(candidate, candidates.slice(index));
    if ('code' in end) {
      lastError = end;
      if (end.code === 'CONTENT_BLOCKED' || end.code === 'BUDGET_EXCEEDED') break;
      continue;
    }
    const { failure, blockedFor } = end;
    if (end.hasUsedReservation === true) return brokenOff(end, reservationUsed);
    if (blockedFor !== undefined) return blockedBy(end, contentBlocked(blockedFor, 'The answer'));
    if (failure === undefined) return finishedWith(end);
    lastError = earlierRetry(lastError, errorOf(failure, end.hasDelivered));
    if (end.hasDelivered) return brokenOff(end, stopped() ?? lastError);
    if (!meaningOf(failure).failsOver) break;
  }
  const error = stopped() ?? lastError ?? completionError('INTERNAL', 'No endpoint was tried.');
  return { status: statusOf(error), error };
}
