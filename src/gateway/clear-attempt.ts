import type { CompletionError } from '../model/completion.ts';
import type { CompletionRequest, Prompt } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Cleared } from '../policy/cleared.ts';
import { clear } from '../policy/evaluate.ts';
import type { ProviderRequest } from '../providers/provider.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { GatewayParts } from './core.ts';
import { completionError } from './failure.ts';
import { evaluationFor, type PlannedRequest } from './plan-request.ts';

/**
 * Clears one attempt: the policies that were pinned when the request began and those in force now must both pass, and
 * the caller's own demands as well.
 */
export function clearAttempt(
  parts: GatewayParts,
  principal: Principal,
  request: CompletionRequest,
  planned: PlannedRequest,
  candidate: CandidateFacts,
): { readonly cleared: Cleared<ProviderRequest> } | { readonly error: CompletionError } {
  const newest = evaluationFor(parts, principal, request.workload);
  const providerRequest: ProviderRequest = {
    endpoint: candidate.endpoint,
    prompt: withinEndpoint(sentPrompt(parts, principal, request.prompt), candidate, planned.needs.inputTokens),
    stream: request.stream,
    mayStore: planned.mayStore,
  };
  const clearance = clear(providerRequest, {
    facts: candidate,
    inputTokens: planned.needs.inputTokens,
    evaluations: newest === planned.evaluation ? [newest] : [planned.evaluation, newest],
    further: planned.demands,
  });
  if ('cleared' in clearance) return clearance;
  const isUnenforceable = clearance.unenforceable.length > 0;
  return {
    error: isUnenforceable
      ? completionError('POLICY_NOT_ENFORCEABLE', 'A rule came into force that this gateway cannot enforce.')
      : completionError('NO_ELIGIBLE_ENDPOINT', 'A policy that came into force no longer allows the endpoint.'),
  };
}

/** The caller's own user leaves the gateway only as a pseudonym. */
function sentPrompt(parts: GatewayParts, { projectId }: Principal, prompt: Prompt): Prompt {
  const { endUser } = prompt;
  return endUser === undefined ? prompt : { ...prompt, endUser: parts.pseudonymOf(projectId, endUser) };
}

/** An output limit is a ceiling: where the endpoint's own, or what its context has left, is lower, that is sent. */
function withinEndpoint(prompt: Prompt, { endpoint }: CandidateFacts, inputTokens: number): Prompt {
  const left = Math.max(1, endpoint.contextTokens - inputTokens);
  const maxOutputTokens = Math.min(prompt.maxOutputTokens, endpoint.maxOutputTokens ?? left, left);
  return maxOutputTokens === prompt.maxOutputTokens ? prompt : { ...prompt, maxOutputTokens };
}
