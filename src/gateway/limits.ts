import type { CompletionRequest } from '../model/completion-request.ts';
import type { AttemptLimits } from './attempt.ts';
import type { ProviderLimits } from './core.ts';

/**
 * The limits of time for one attempt.
 *
 * @param hasNext Whether another candidate exists; on the last one only the run's deadline holds until it begins.
 */
export function attemptLimits(limits: ProviderLimits, request: CompletionRequest, hasNext: boolean): AttemptLimits {
  const { reasoning } = request.prompt;
  const isReasoning = reasoning !== undefined && reasoning.effort !== 'NONE';
  const usual = request.stream ? limits.firstEventMs : limits.unaryMs;
  const firstEventMs = isReasoning ? limits.reasoningMs : usual;
  const idleMs = isReasoning ? Math.max(limits.idleMs, limits.reasoningMs) : limits.idleMs;
  return { idleMs, ...(hasNext ? { firstEventMs } : {}) };
}
