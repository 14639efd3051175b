import type { BudgetLevel } from '../model/budget.ts';
import type { Attempt, Completion } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Candidate } from '../model/route.ts';
import type { TokenUsage } from '../model/usage.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { OpenedAttempt, OpenedCompletion, SettledAttempt } from '../stores/ledger-store.ts';
import type { RunOptions } from './gateway.ts';
import type { PlannedRequest } from './plan-request.ts';

/** At most so many candidates of a decision are kept in the ledger, the best first. */
const mostKeptCandidates = 64;

export interface CompletionFacts {
  readonly id: string;
  readonly createdAt: number;
  readonly principal: Principal;
  readonly request: CompletionRequest;
  readonly planned: PlannedRequest;
  readonly entrance: RunOptions['entrance'];
}

/** What the ledger keeps of a request: facts, no content. */
export function openedCompletion(facts: CompletionFacts): OpenedCompletion {
  const { id, createdAt, principal, request, planned, entrance } = facts;
  const { needs, decision: route, evaluation } = planned;
  return {
    id,
    createdAt,
    tenantId: principal.tenantId,
    projectId: principal.projectId,
    projectPath: principal.projectPath,
    entrance,
    requestedModel: request.model,
    fallbackModels: request.fallbackModels,
    workload: request.workload,
    labels: request.labels,
    features: [...needs.capabilities, ...needs.wishes],
    inputModalities: needs.inputModalities,
    estimatedInputTokens: needs.inputTokens,
    maxOutputTokens: needs.maxOutputTokens,
    routing: request.routing,
    route: {
      policies: route.policies,
      findings: route.findings,
      workload: route.workload,
      candidates: planned.explain(mostKeptCandidates).map(withFirstExclusion),
    },
    redactions: route.findings,
    ...(evaluation.keepFactsMs === undefined ? {} : { factsUntil: createdAt + evaluation.keepFactsMs }),
    ...(principal.apiKeyId === undefined ? {} : { apiKeyId: principal.apiKeyId }),
    ...(principal.user === undefined ? {} : { user: principal.user }),
  };
}

/**
 * What the ledger is told of an attempt before its provider is called.
 *
 * @param startedAt Milliseconds since the epoch; the instant in `id`.
 * @param assumedOnCrash What it is booked as where this process dies meanwhile.
 * @param budgets The levels that it is counted against.
 */
export function openedAttempt(
  id: string,
  completionId: string,
  startedAt: number,
  { endpoint, provider }: CandidateFacts,
  assumedOnCrash: TokenUsage,
  budgets: readonly BudgetLevel[],
): OpenedAttempt {
  return {
    id,
    completionId,
    startedAt,
    endpointId: endpoint.id,
    modelId: endpoint.modelId,
    providerId: provider.id,
    vendor: provider.vendor,
    assumedOnCrash,
    ...(budgets.length === 0
      ? {}
      : { budgets: budgets.map(({ limit: _ofItsTime, isMonitored: _then, ...level }) => level) }),
    ...(provider.region === undefined ? {} : { region: provider.region }),
    ...(endpoint.price === undefined ? {} : { price: endpoint.price }),
  };
}

/** A settled attempt as a completion shows it. */
export function attemptOf(opened: OpenedAttempt, settled: SettledAttempt): Attempt {
  const { completionId: _in, providerCost: _fact, ...shown } = settled;
  return { ...shown, endpointId: opened.endpointId };
}

/** A completion that has just begun. */
export function runningCompletion(facts: CompletionFacts, usage: TokenUsage): Completion {
  return {
    id: facts.id,
    tenantId: facts.principal.tenantId,
    projectId: facts.principal.projectId,
    status: 'RUNNING',
    usage,
    route: facts.planned.decision,
    attempts: [],
    redactions: facts.planned.decision.findings,
    createdAt: facts.createdAt,
    workload: facts.request.workload,
    labels: facts.request.labels,
  };
}

function withFirstExclusion(candidate: Candidate): Candidate {
  return { ...candidate, exclusions: candidate.exclusions.slice(0, 1) };
}
