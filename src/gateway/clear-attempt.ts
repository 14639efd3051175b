import { GatewayError } from '../errors.ts';
import type { CompletionError } from '../model/completion.ts';
import type { CompletionRequest, Prompt } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Redaction } from '../model/redaction.ts';
import type { Cleared } from '../policy/cleared.ts';
import { clear, type Evaluation, exclusionsOf } from '../policy/evaluate.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import type { ProviderRequest } from '../providers/provider.ts';
import type { CandidateFacts, RequestNeeds } from '../routing/candidate.ts';
import { type CarriedText, carryText } from './carry-text.ts';
import { compilePolicies } from './compiled-policies.ts';
import type { GatewayParts } from './core.ts';
import { completionError } from './failure.ts';
import { inspectRequest } from './inspect-request.ts';
import { evaluationFor, type PlannedRequest } from './plan-request.ts';

export interface ClearedAttempt {
  readonly cleared: Cleared<ProviderRequest>;
  /** The content rules that the answer must pass: those that were pinned, and those in force now. */
  readonly content: readonly BoundContentDemand[];
  /** What rules that came into force meanwhile found in the prompt. */
  readonly findings: readonly Redaction[];
  /** What was in force: once it is not any more, the attempt must be cleared anew. */
  readonly newest: Evaluation;
  /** What is asked of the endpoint, the text that it goes on from among it. */
  readonly needs: RequestNeeds;
  /** Present where it goes on from a text that was delivered. */
  readonly carried?: CarriedText;
}

/**
 * Clears one attempt: the policies that were pinned when the request began and those in force now must both pass, and
 * the caller's own demands as well.
 *
 * @param delivered What the endpoint is given to go on from; it is data that it receives, and judged as such.
 */
export function clearAttempt(
  parts: GatewayParts,
  principal: Principal,
  request: CompletionRequest,
  planned: PlannedRequest,
  candidate: CandidateFacts,
  delivered?: string,
): ClearedAttempt | { readonly error: CompletionError } {
  const { evaluation: pinned } = planned;
  const newest = evaluationFor(parts, principal, request.workload);
  const added = newest === pinned ? [] : addedContent(pinned, newest);
  const content = [...pinned.content, ...added];
  const inspected = inspectRequest(planned.prompt, added);
  const carried = delivered === undefined ? undefined : carryText(delivered, inspected.prompt, planned.needs, content);
  const refusal = inspected.refusal ?? carried?.refusal;
  if (refusal !== undefined) return { error: refusal };
  const { prompt, needs } = carried ?? { ...inspected, needs: planned.needs };
  const { inputTokens, mostInputTokens, mediaByUrl, mediaTokens } = needs;
  const providerRequest: ProviderRequest = {
    endpoint: candidate.endpoint,
    prompt: withinEndpoint(sentPrompt(parts, principal, prompt), candidate, inputTokens),
    stream: request.stream,
    mayStore: planned.mayStore,
    ...(carried === undefined ? {} : { continuesAnswer: true }),
  };
  const clearance = clear(providerRequest, {
    facts: candidate,
    inputTokens,
    mostInputTokens,
    mediaByUrl,
    mediaTokens,
    evaluations: newest === pinned ? [newest] : [pinned, newest],
    further: [...planned.further, ...inspected.escalations, ...(carried?.escalations ?? [])],
  });
  if ('cleared' in clearance) {
    const findings = [...inspected.findings, ...(carried?.findings ?? [])];
    return { cleared: clearance.cleared, content, findings, newest, needs, ...(carried && { carried }) };
  }
  return {
    error:
      clearance.unenforceable.length > 0
        ? completionError('POLICY_NOT_ENFORCEABLE', 'A rule came into force that this gateway cannot enforce.')
        : completionError('NO_ELIGIBLE_ENDPOINT', 'A policy that came into force no longer allows the endpoint.'),
  };
}

/**
 * Why a stream must end: a rule that cuts streams, and was not pinned, rejects the endpoint that answers now, by the newest that
 * this node knows of; or nobody can tell.
 */
export function streamRefusal(
  parts: GatewayParts,
  principal: Principal,
  workload: string,
  planned: PlannedRequest,
  serving: CandidateFacts,
): CompletionError | undefined {
  let newest: Evaluation;
  try {
    const { policies, rules } = parts;
    newest = compilePolicies(
      policies.lastKnownFor?.(principal, workload) ?? policies.contributionsFor(principal, workload),
      rules,
    );
  } catch (fault) {
    return fault instanceof GatewayError
      ? completionError(fault.code, fault.message)
      : completionError('INTERNAL', 'The gateway failed.');
  }
  if (newest === planned.evaluation || exclusionsOf(serving, newest.cutting).length === 0) return undefined;
  return completionError('NO_ELIGIBLE_ENDPOINT', 'A policy that came into force no longer allows the endpoint.');
}

/** Rules of revisions that were not pinned: the others have been applied. */
function addedContent(pinned: Evaluation, newest: Evaluation): readonly BoundContentDemand[] {
  const known = new Set(pinned.policies.map(({ policyId, revision }) => `${policyId} ${revision}`));
  return newest.content.filter(({ policy }) => {
    return policy !== undefined && !known.has(`${policy.policyId} ${policy.revision}`);
  });
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
