import type { Model } from '../model/catalog.ts';
import type { Subject } from '../model/policy.ts';
import type { Candidate } from '../model/route.ts';
import { type Evaluation, exclusionsOf } from '../policy/evaluate.ts';
import type { RecordedRequest } from '../stores/ledger-store.ts';
import type { PolicyDraft } from './administration.ts';

/** What a draft would have done to one recorded request. */
export type Verdict =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'refused' }
  /** Nano-dollars by what was expected of both endpoints. */
  | { readonly kind: 'rerouted'; readonly costDelta: bigint }
  | { readonly kind: 'not-assessable'; readonly reason: string };

/**
 * Judges one request from its facts: the candidates as they were seen then, in their order, the size, and who asked.
 *
 * @param replaces What this policy excluded counts as allowed, unless something else may have excluded it as well.
 */
export function judgeRecorded(
  request: RecordedRequest,
  draft: PolicyDraft,
  evaluation: Evaluation,
  replaces: string | undefined,
): Verdict {
  const isBound = binds(draft.appliesTo, request);
  if (isBound === false) return { kind: 'untouched' };
  if (isBound === undefined) return notAssessable('the role of the caller is not recorded');
  if (draft.rules.content !== undefined) return notAssessable('content rules need the text, which is not looked at');
  if (request.route === undefined) return notAssessable('how it was routed is not recorded');
  const { candidates } = request.route;
  const before = candidates.find(({ status }) => status === 'SELECTED');
  const size = { inputTokens: request.estimatedInputTokens, maxOutputTokens: request.maxOutputTokens };
  const passes = (candidate: Candidate) => {
    const { endpoint, provider } = candidate;
    if (provider === undefined) return false;
    const facts = { endpoint, provider, model: modelOf(candidate) };
    return exclusionsOf(facts, evaluation.constraints, size).every(({ enforced }) => !enforced);
  };
  const open = candidates.filter(({ exclusions }) => exclusions.every(({ enforced }) => !enforced));
  const after = open.find(passes);
  // Of excluded candidates the first reason alone is recorded: others may stand behind it.
  const isLifted =
    replaces !== undefined && candidates.some(candidate => liftedBy(candidate, replaces) && passes(candidate));
  if (isLifted && after !== before)
    return notAssessable('what the replaced policy excluded may have been excluded otherwise too');
  if (before === undefined) {
    return isLifted
      ? notAssessable('what the replaced policy excluded may have been excluded otherwise too')
      : { kind: 'untouched' };
  }
  if (after === undefined) return { kind: 'refused' };
  if (draft.rules.budgets !== undefined || draft.rules.rateLimits !== undefined) {
    return notAssessable('budgets and rate limits depend on what was used before, which is not played again');
  }
  if (after === before) return { kind: 'untouched' };
  return { kind: 'rerouted', costDelta: (after.expectedCost ?? 0n) - (before.expectedCost ?? 0n) };
}

function notAssessable(reason: string): Verdict {
  return { kind: 'not-assessable', reason };
}

function liftedBy({ exclusions }: Candidate, policyId: string): boolean {
  return exclusions.some(({ enforced, policy }) => enforced && policy?.policyId === policyId);
}

/** Whether one of the subjects is the one who asked; undefined where that depends on what is not recorded. */
function binds(subjects: readonly Subject[], request: RecordedRequest): boolean | undefined {
  if (subjects.length === 0) return true;
  const { projectPath, apiKeyId, user, workload } = request;
  const fitting = subjects.filter(
    subject =>
      (subject.projectId === undefined || projectPath.includes(subject.projectId)) &&
      (subject.apiKeyId === undefined || subject.apiKeyId === apiKeyId) &&
      (subject.user === undefined || subject.user === user) &&
      (subject.workload === undefined || subject.workload === workload),
  );
  if (fitting.some(({ role }) => role === undefined)) return true;
  return fitting.length === 0 ? false : undefined;
}

/** The record holds no model: what rules look at of it is its id, which the endpoint names. */
function modelOf({ endpoint }: Candidate): Model {
  const { modelId, contextTokens, inputModalities, capabilities, deprecated } = endpoint;
  const author = modelId.split('/')[0] ?? '';
  const outputModalities = ['TEXT'] as const;
  return {
    id: modelId,
    name: modelId,
    author,
    contextTokens,
    inputModalities,
    outputModalities,
    capabilities,
    deprecated,
  };
}
