import type { Endpoint } from '../model/catalog.ts';
import type { CompletionError } from '../model/completion.ts';
import type { CompletionRequest, Prompt, RoutingPreferences } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Candidate, Exclusion, RouteDecision } from '../model/route.ts';
import type { BoundConstraint } from '../policy/constraint.ts';
import { type Evaluation, exclusionsOf } from '../policy/evaluate.ts';
import { regionConstraint } from '../policy/rules/region.ts';
import { retentionConstraint } from '../policy/rules/retention.ts';
import type { CandidateFacts, RequestNeeds } from '../routing/candidate.ts';
import { chooseAttempts, type PlanContext, planRoute } from '../routing/plan.ts';
import { strategies } from '../routing/strategies/index.ts';
import { compilePolicies } from './compiled-policies.ts';
import type { Configured, GatewayParts } from './core.ts';
import { credentialStanding, healthOf } from './endpoint-standing.ts';
import { completionError } from './failure.ts';
import { inspectRequest } from './inspect-request.ts';
import {
  constraintsByRequest,
  dayOf,
  endpointsNamed,
  type KnownEndpoint,
  openEndpoints,
  standingExclusions,
} from './known-endpoints.ts';
import { needsOf } from './needs.ts';

export interface PlannedRequest {
  readonly configured: Configured;
  readonly evaluation: Evaluation;
  /** As the content rules left it: what is sent, and kept. */
  readonly prompt: Prompt;
  readonly needs: RequestNeeds;
  /** Which endpoints to try, in this order. */
  readonly attempts: readonly CandidateFacts[];
  /** Those that only a rate limit of their provider holds back for now. */
  readonly waiting: readonly CandidateFacts[];
  /** Those that only their health excludes: for when all others have failed. */
  readonly lastResorts: readonly CandidateFacts[];
  /** Its candidates are explained when somebody looks at them. */
  readonly decision: RouteDecision;
  /** The best so many candidates of the decision. */
  readonly explain: (most: number) => readonly Candidate[];
  /** Refused before there was a plan: by a content rule, or because a rule cannot be enforced. */
  readonly refusal?: CompletionError;
  /** Whether anything of the request may be stored; a provider is told where it can be. */
  readonly mayStore: boolean;
  /** The caller's own compliance demands, and what was found demands, which hold for every attempt as policies do. */
  readonly further: readonly BoundConstraint[];
}

/**
 * Decides how a request is routed: the one place, for `run` and `route` alike.
 *
 * @param seed Decides every draw.
 * @throws {GatewayError} NOT_FOUND for a model that nobody knows.
 */
export function planRequest(
  parts: GatewayParts,
  principal: Principal,
  request: CompletionRequest,
  seed: string,
): PlannedRequest {
  const configured = parts.configured();
  const now = parts.clock.now();
  const nowMs = parts.clock.monotonicMs();
  const today = dayOf(now);
  const named = consideredLists(configured, request, today);
  const evaluation = evaluationFor(parts, principal, request.workload);
  const limited = withOutputLimit(request, evaluation);
  const { prompt, findings, escalations, refusal: blocked } = inspectRequest(limited, evaluation.content);
  const refusal = notEnforceable(evaluation) ?? blocked;
  const needs = needsOf(prompt, request.stream, evaluation.maxOutputTokens);
  const further = [...callerDemands(request.routing), ...escalations];
  const isAuto = request.model === 'auto';
  const preferences: RoutingPreferences =
    isAuto && request.routing.optimize === 'BALANCED' ? { ...request.routing, optimize: 'COST' } : request.routing;
  if (preferences.optimize === 'QUALITY') throw new TypeError('planRequest: QUALITY has no strategy yet');

  const warmEndpointId =
    request.sessionId === undefined
      ? undefined
      : parts.sessions.endpointOf(sessionKey(principal, request.sessionId), now);
  const context: PlanContext = {
    needs,
    preferences,
    isAuto,
    now,
    today,
    seed,
    strategy: strategies[preferences.optimize],
    ...(warmEndpointId === undefined ? {} : { warmEndpointId }),
  };
  const considered = refusal === undefined ? named : [];
  const judge = judgeFor(parts, { configured, evaluation, further, needs, now, nowMs, isAuto, considered });
  const { attempts, waiting, lastResorts } = chooseAttempts(
    {
      open: considered.map(({ list, modelRank }) => ({ modelRank, endpoints: openEndpoints(evaluation, list) })),
      healthOf: ({ endpoint, configured: provider }) => healthOf(parts.health, endpoint, provider, nowMs),
      judge,
    },
    context,
  );
  const explain = (most: number) => {
    const all = considered.flatMap(({ list, modelRank }) => list.map(known => judge(known, modelRank)));
    return planRoute(all, context, most).candidates;
  };
  let candidates: readonly Candidate[] | undefined;
  return {
    configured,
    evaluation,
    prompt,
    needs,
    attempts,
    waiting,
    lastResorts,
    explain,
    further,
    mayStore: evaluation.mayStore && !request.routing.zeroDataRetention,
    decision: {
      get candidates() {
        candidates ??= explain(Number.POSITIVE_INFINITY);
        return candidates;
      },
      policies: evaluation.policies,
      findings,
      workload: request.workload,
    },
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** A caller who set no output limit gets that of the budgets, so that the worst case is known. */
function withOutputLimit(
  { prompt, usesDefaultOutputLimit = false }: CompletionRequest,
  { defaultMaxOutputTokens }: Evaluation,
): Prompt {
  if (!usesDefaultOutputLimit || defaultMaxOutputTokens === undefined) return prompt;
  return { ...prompt, maxOutputTokens: defaultMaxOutputTokens };
}

/** What binds this caller at this moment. */
export function evaluationFor(parts: GatewayParts, principal: Principal, workload: string): Evaluation {
  return compilePolicies(parts.policies.contributionsFor(principal, workload), parts.rules);
}

/** Sessions of different projects never meet, whatever names they use. */
export function sessionKey(principal: Principal, sessionId: string): string {
  return `${principal.projectId}\n${sessionId}`;
}

/** Whether a session saves by coming back: only where reading a cache costs less than reading anew. */
export function rewardsStaying({ price }: Endpoint): boolean {
  return price?.cacheRead !== undefined && price.input !== undefined && price.cacheRead < price.input;
}

/** Endpoints of one name, in the place of that name among those asked for. */
interface ConsideredList {
  readonly list: readonly KnownEndpoint[];
  readonly modelRank: number;
}

/** An endpoint that two names stand for counts for the first of them. */
function consideredLists(
  configured: Configured,
  { model, fallbackModels }: CompletionRequest,
  today: string,
): readonly ConsideredList[] {
  const lists = [model, ...fallbackModels].map(name => endpointsNamed(configured, name, today));
  if (lists.length === 1) return lists.map(list => ({ list, modelRank: 0 }));
  const seen = new Set<KnownEndpoint>();
  return lists.map((list, modelRank) => {
    const fresh = list.filter(known => !seen.has(known));
    for (const known of fresh) seen.add(known);
    return { list: fresh.length === list.length ? list : fresh, modelRank };
  });
}

interface JudgeContext {
  readonly configured: Configured;
  readonly evaluation: Evaluation;
  readonly further: readonly BoundConstraint[];
  readonly needs: RequestNeeds;
  readonly now: number;
  readonly nowMs: number;
  readonly isAuto: boolean;
  readonly considered: readonly ConsideredList[];
}

type Judge = (known: KnownEndpoint, modelRank: number) => CandidateFacts;

/** Makes what puts together everything that is known of an endpoint for one request. */
function judgeFor(parts: GatewayParts, context: JudgeContext): Judge {
  const { configured, evaluation, further, needs, now, nowMs, isAuto, considered } = context;
  const byRequest = [...constraintsByRequest(evaluation), ...further];
  const isRealModel = (modelId: string) =>
    considered.some(({ list }) =>
      list.some(other => other.endpoint.modelId === modelId && other.configured?.isSandbox === false),
    );
  return (known, modelRank) => {
    const { endpoint, configured: called } = known;
    const ruled: Exclusion[] = [...standingExclusions(evaluation, known), ...exclusionsOf(known, byRequest, needs)];
    if (called?.isSandbox === true && hasRealProvider(configured)) {
      const isAskedFor = !isAuto && modelRank === 0 && !isRealModel(endpoint.modelId);
      const detail = 'the sandbox never stands in beside a real provider';
      if (!isAskedFor) ruled.push({ code: 'PROVIDER_ACCESS', detail, enforced: true });
    }
    return {
      endpoint,
      model: known.model,
      provider: known.provider,
      modelRank,
      ruled,
      health: healthOf(parts.health, endpoint, called, nowMs),
      hasCredential: called?.hasCredential ?? false,
      protocolLacks: known.protocolLacks,
      ...credentialStanding(parts.health, endpoint, called, now, nowMs),
    };
  };
}

function hasRealProvider({ providers }: Configured): boolean {
  return [...providers.values()].some(provider => !provider.isSandbox);
}

/** The caller's own demands, by the same predicates as the policies', and so with the same codes. */
function callerDemands(routing: RoutingPreferences): readonly BoundConstraint[] {
  const demands: BoundConstraint[] = [];
  if (routing.regions !== undefined) {
    demands.push({ constraint: regionConstraint({ allow: routing.regions }), enforced: true });
  }
  if (routing.zeroDataRetention || routing.denyTraining) {
    const constraint = retentionConstraint({
      ...(routing.zeroDataRetention ? { provider: 'NONE' } : {}),
      ...(routing.denyTraining ? { allowTraining: false } : {}),
    });
    demands.push({ constraint, enforced: true });
  }
  return demands;
}

function notEnforceable({ unenforceable }: Evaluation): CompletionError | undefined {
  if (unenforceable.length === 0) return undefined;
  const kinds = unenforceable.join(', ');
  return completionError('POLICY_NOT_ENFORCEABLE', `Rules in force cannot be enforced by this gateway: ${kinds}.`);
}
