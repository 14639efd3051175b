import { GatewayError } from '../errors.ts';
import { dataPolicyOn, type Endpoint } from '../model/catalog.ts';
import type { CompletionRequest, RoutingPreferences } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Exclusion, RouteDecision } from '../model/route.ts';
import type { BoundConstraint, EndpointFacts } from '../policy/constraint.ts';
import { type Evaluation, exclusionsOf } from '../policy/evaluate.ts';
import { regionConstraint } from '../policy/rules/region.ts';
import { retentionConstraint } from '../policy/rules/retention.ts';
import type { CandidateFacts, RequestNeeds } from '../routing/candidate.ts';
import { planRoute, type RoutePlan } from '../routing/plan.ts';
import { strategies } from '../routing/strategies/index.ts';
import { compilePolicies } from './compiled-policies.ts';
import type { Configured, GatewayParts } from './core.ts';
import { needsOf } from './needs.ts';

export interface PlannedRequest {
  readonly configured: Configured;
  readonly evaluation: Evaluation;
  readonly needs: RequestNeeds;
  readonly plan: RoutePlan;
  readonly decision: RouteDecision;
  /** Whether anything of the request may be stored; a provider is told where it can be. */
  readonly mayStore: boolean;
  /** The caller's own compliance demands, which hold for every attempt as policies do. */
  readonly demands: readonly BoundConstraint[];
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
  const needs = needsOf(request);
  const evaluation = evaluationFor(parts, principal, request.workload);
  const demands = callerDemands(request.routing);
  const now = parts.clock.now();
  const today = dayOf(now);
  const isAuto = request.model === 'auto';
  const preferences: RoutingPreferences =
    isAuto && request.routing.optimize === 'BALANCED' ? { ...request.routing, optimize: 'COST' } : request.routing;
  if (preferences.optimize === 'QUALITY') throw new TypeError('planRequest: QUALITY has no strategy yet');

  const constraints = [...evaluation.constraints, ...demands];
  const named = consideredEndpoints(configured, request);
  const realModels = new Set(
    named.filter(({ endpoint }) => isReal(configured, endpoint)).map(({ endpoint }) => endpoint.modelId),
  );
  const considered = named.map(({ endpoint, modelRank }) =>
    candidateFor(parts, configured, {
      endpoint,
      modelRank,
      constraints,
      now,
      today,
      isAskedFor: !isAuto && modelRank === 0 && !realModels.has(endpoint.modelId),
    }),
  );
  const warmEndpointId =
    request.sessionId === undefined
      ? undefined
      : parts.sessions.endpointOf(sessionKey(principal, request.sessionId), now);
  const plan = planRoute(considered, {
    needs,
    preferences,
    isAuto,
    now,
    today,
    seed,
    strategy: strategies[preferences.optimize],
    ...(warmEndpointId === undefined ? {} : { warmEndpointId }),
  });
  return {
    configured,
    evaluation,
    needs,
    plan,
    demands,
    mayStore: evaluation.mayStore && !request.routing.zeroDataRetention,
    decision: { candidates: plan.candidates, policies: evaluation.policies, findings: [], workload: request.workload },
  };
}

/** What binds this caller at this moment. */
export function evaluationFor(parts: GatewayParts, principal: Principal, workload: string): Evaluation {
  return compilePolicies(parts.policies.contributionsFor(principal, workload), parts.rules);
}

/** The day of an instant in UTC: `YYYY-MM-DD`. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** An endpoint with its model and its provider, whose data policy is as it counts on this day. */
export function factsOf(configured: Configured, endpoint: Endpoint, today: string): EndpointFacts | undefined {
  const model = configured.catalog.model(endpoint.modelId);
  const provider = configured.catalog.provider(endpoint.providerId);
  if (model === undefined || provider === undefined) return undefined;
  const dataPolicy = dataPolicyOn(provider.dataPolicy, today);
  return { endpoint, model, provider: dataPolicy === provider.dataPolicy ? provider : { ...provider, dataPolicy } };
}

/** Sessions of different projects never meet, whatever names they use. */
export function sessionKey(principal: Principal, sessionId: string): string {
  return `${principal.projectId}\n${sessionId}`;
}

/** Whether a session saves by coming back: only where reading a cache costs less than reading anew. */
export function rewardsStaying({ price }: Endpoint): boolean {
  return price?.cacheRead !== undefined && price.input !== undefined && price.cacheRead < price.input;
}

function consideredEndpoints(configured: Configured, request: CompletionRequest) {
  const names = [request.model, ...request.fallbackModels];
  const considered = new Map<Endpoint, number>();
  names.forEach((name, modelRank) => {
    for (const endpoint of endpointsNamed(configured, name)) {
      if (!considered.has(endpoint)) considered.set(endpoint, modelRank);
    }
  });
  return [...considered].map(([endpoint, modelRank]) => ({ endpoint, modelRank }));
}

function endpointsNamed({ catalog }: Configured, name: string): readonly Endpoint[] {
  if (name === 'auto') return catalog.configuredEndpoints;
  const resolved = catalog.resolve(name);
  if (resolved === undefined)
    throw new GatewayError('NOT_FOUND', `There is no model "${clip(name)}".`, { path: 'model' });
  if (resolved.endpointId === undefined) return catalog.endpointsOf(resolved.modelId);
  const endpoint = catalog.endpoint(resolved.endpointId);
  return endpoint === undefined ? [] : [endpoint];
}

interface CandidateContext {
  readonly endpoint: Endpoint;
  readonly modelRank: number;
  readonly constraints: readonly BoundConstraint[];
  readonly now: number;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** Whether the caller named this, and not something that it could stand in for. */
  readonly isAskedFor: boolean;
}

function candidateFor(parts: GatewayParts, configured: Configured, context: CandidateContext): CandidateFacts {
  const { endpoint, modelRank, constraints, now, today, isAskedFor } = context;
  const facts = factsOf(configured, endpoint, today);
  if (facts === undefined) throw new TypeError(`catalogue: "${endpoint.id}" lacks its model or its provider`);
  const provider = configured.providers.get(endpoint.providerId);
  const ruled: Exclusion[] = [...exclusionsOf(facts, constraints)];
  if (!isAskedFor && provider?.isSandbox === true && hasRealProvider(configured)) {
    ruled.push({
      code: 'PROVIDER_ACCESS',
      detail: 'the sandbox never stands in beside a real provider',
      enforced: true,
    });
  }
  const coolingUntil = parts.health.coolingUntil(endpoint.id, now);
  return {
    ...facts,
    modelRank,
    ruled,
    health: parts.health.health(endpoint.id, now),
    hasCredential: provider?.adapter.hasCredential ?? false,
    protocolLacks: provider?.adapter.unsupportedParameters ?? [],
    ...(coolingUntil === undefined ? {} : { coolingUntil }),
  };
}

function isReal({ providers }: Configured, { providerId }: Endpoint): boolean {
  return providers.get(providerId)?.isSandbox === false;
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

function clip(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
