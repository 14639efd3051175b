import { type CompletionRequest, isReasoning } from '../model/completion-request.ts';
import { firstTokenLimitMs } from '../routing/first-token.ts';
import type { AttemptLimits } from './attempt.ts';
import type { ProviderLimits } from './core.ts';

/** What the time until the first token depends on. */
export interface FirstTokenFacts {
  readonly inputTokens: number;
  /** The endpoint's 99th percentile for streams of about this input; absent: too few are known. */
  readonly p99Ms?: number;
}

/**
 * The limits of time for one attempt.
 *
 * @param hasNext Whether another candidate exists; on the last one only the run's deadline holds until it begins.
 * @param usual Of a stream without reasoning; without it the longest is waited for that is allowed.
 */
export function attemptLimits(
  limits: ProviderLimits,
  request: CompletionRequest,
  hasNext: boolean,
  usual?: FirstTokenFacts,
): AttemptLimits {
  const reasons = isReasoning(request.prompt);
  const idleMs = reasons ? Math.max(limits.idleMs, limits.reasoningMs) : limits.idleMs;
  return hasNext ? { idleMs, firstEventMs: firstEventMs() } : { idleMs };

  function firstEventMs(): number {
    if (reasons) return limits.reasoningMs;
    if (!request.stream) return limits.unaryMs;
    const { firstEventMs: ceilingMs } = limits;
    return usual === undefined ? ceilingMs : firstTokenLimitMs(usual.p99Ms, usual.inputTokens, ceilingMs);
  }
}
