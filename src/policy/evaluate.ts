import type { BudgetRule, PolicyContribution, PolicyRules, RateLimitRule, RuleKind } from '../model/policy.ts';
import type { Exclusion, PolicyRef } from '../model/route.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import type { Cleared } from './cleared.ts';
import type { BoundConstraint, Constraint, EndpointFacts, RequestSize } from './constraint.ts';
import { type Demands, kindsOf, type Rule } from './rule.ts';
import { serverToolConstraint } from './server-tools.ts';

/** A rule with who demands it. */
export interface Bound<BoundRule> {
  readonly rule: BoundRule;
  /** Absent where this server's own code demands it. */
  readonly policy?: PolicyRef;
  /** The project that the policy belongs to; absent: the installation. */
  readonly ownerId?: string;
  /** False under MONITOR: counted, and refuses nothing. */
  readonly enforced: boolean;
}

/** What all policies that bind one caller demand, compiled once and used for every endpoint. */
export interface Evaluation {
  readonly contributions: readonly PolicyContribution[];
  readonly constraints: readonly BoundConstraint[];
  /** What ends a running stream whose endpoint it rejects; never of policies in MONITOR mode. */
  readonly cutting: readonly BoundConstraint[];
  readonly content: readonly BoundContentDemand[];
  /** Rule kinds in force without an enforcer, or whose enforcer threw: every request is refused. */
  readonly unenforceable: readonly RuleKind[];
  /** Whether providers and the gateway may store what they can be told not to. */
  readonly mayStore: boolean;
  /** How long the gateway keeps prompts and answers, in milliseconds; 0: not at all. */
  readonly keepContentMs: number;
  /** How long the gateway keeps the facts of completions, in milliseconds; absent: for ever. */
  readonly keepFactsMs?: number;
  /** The highest output limit that may be sent. */
  readonly maxOutputTokens?: number;
  readonly budgets: readonly Bound<BudgetRule>[];
  readonly rateLimits: readonly Bound<RateLimitRule>[];
  /** Sent where the caller set no output limit. */
  readonly defaultMaxOutputTokens?: number;
  /** Every policy that was looked at, by revision. */
  readonly policies: readonly PolicyRef[];
}

/**
 * Compiles what binds a caller.
 *
 * Policy by policy, nothing is flattened: an endpoint must pass each one by itself, so adding a policy never makes an
 * endpoint eligible, and the order does not matter. Pure.
 */
export function evaluatePolicies(contributions: readonly PolicyContribution[], rules: readonly Rule[]): Evaluation {
  const inCode = rules.flatMap(({ settings }): PolicyContribution[] =>
    settings === undefined ? [] : [{ mode: 'ENFORCE', rules: settings }],
  );
  const all = [...inCode, ...contributions].filter(contribution => contribution.mode !== 'DISABLED');
  const constraints: BoundConstraint[] = [{ constraint: serverToolConstraint, enforced: true }];
  const cutting: BoundConstraint[] = [];
  const content: BoundContentDemand[] = [];
  const budgets: Bound<BudgetRule>[] = [];
  const rateLimits: Bound<RateLimitRule>[] = [];
  const unenforceable = new Set<RuleKind>();
  const enforced: Demands[] = [];

  for (const { mode, rules: ruled, policy, ownerId } of all) {
    const isEnforced = mode === 'ENFORCE';
    const by = { enforced: isEnforced, ...(policy === undefined ? {} : { policy }) };
    for (const kind of kindsOf(ruled)) {
      // One enforcer may be there twice, with settings and without.
      const enforcers = new Set(rules.filter(rule => rule.kind === kind).map(rule => rule.demands));
      if (enforcers.size === 0 && isEnforced) unenforceable.add(kind);
      for (const enforcer of enforcers) {
        const demands = demandsOf(enforcer, ruled);
        if (demands === undefined) {
          if (isEnforced) unenforceable.add(kind);
          continue;
        }
        if (isEnforced) enforced.push(demands);
        for (const constraint of demands.constraints ?? []) constraints.push({ constraint, ...by });
        if (!isEnforced && demands.maxOutputTokens !== undefined) {
          constraints.push({ constraint: wouldShorten(demands.maxOutputTokens), ...by });
        }
        const bound = { ...by, ...(ownerId === undefined ? {} : { ownerId }) };
        for (const rule of demands.budgets ?? []) budgets.push({ rule, ...bound });
        for (const rule of demands.rateLimits ?? []) rateLimits.push({ rule, ...bound });
        for (const demand of demands.content ?? []) content.push({ demand, ...by });
        if (isEnforced) for (const constraint of demands.cutting ?? []) cutting.push({ constraint, ...by });
      }
    }
  }
  const mayStore = enforced.every(demands => demands.mayStore !== false);
  const keepFactsMs = least(enforced, demands => demands.keepFactsMs);
  const maxOutputTokens = least(enforced, demands => demands.maxOutputTokens);
  const defaultMaxOutputTokens = least(enforced, demands => demands.defaultMaxOutputTokens);
  return {
    contributions: all,
    constraints,
    cutting,
    content,
    unenforceable: [...unenforceable],
    mayStore,
    keepContentMs: mayStore ? (least(enforced, demands => demands.keepContentMs) ?? 0) : 0,
    ...(keepFactsMs === undefined ? {} : { keepFactsMs }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(defaultMaxOutputTokens === undefined ? {} : { defaultMaxOutputTokens }),
    budgets,
    rateLimits,
    policies: all.flatMap(({ policy }) => (policy === undefined ? [] : [policy])),
  };
}

/** Judges one endpoint: every reason against it, of policies in MONITOR mode too. A constraint that throws rejects. */
export function exclusionsOf(
  facts: EndpointFacts,
  constraints: readonly BoundConstraint[],
  size?: RequestSize,
): readonly Exclusion[] {
  const exclusions: Exclusion[] = [];
  for (const { constraint, policy, enforced } of constraints) {
    for (const rejection of rejectionsOf(facts, constraint, size)) {
      exclusions.push({ ...rejection, enforced, ...(policy === undefined ? {} : { policy }) });
    }
  }
  return exclusions;
}

/** What `clear` needs to see of a request. */
interface Clearable {
  readonly endpoint: EndpointFacts['endpoint'];
  readonly mayStore: boolean;
  readonly prompt: { readonly maxOutputTokens: number };
}

/** What was in force at one time, and what else binds the request beside it. */
export interface Clearance extends Omit<RequestSize, 'maxOutputTokens'> {
  readonly facts: EndpointFacts;
  /** Pinned and newest; all of them must pass. */
  readonly evaluations: readonly Evaluation[];
  /** The caller's own demands, and what the content rules found, as further constraints. */
  readonly further: readonly BoundConstraint[];
}

export type ClearResult<T> =
  | { readonly cleared: Cleared<T> }
  | { readonly exclusions: readonly Exclusion[]; readonly unenforceable: readonly RuleKind[] };

/**
 * Clears a request for the endpoint in it, or says why not. The only maker of `Cleared`.
 *
 * Called anew for every attempt, so that a retry or fallback passes what is in force then. The output limit is lowered
 * to what all evaluations allow.
 */
export function clear<T extends Clearable>(request: T, clearance: Clearance): ClearResult<T> {
  const { facts, evaluations, further, ...size } = clearance;
  if (evaluations.length === 0) throw new TypeError('clear: "evaluations" must hold what is in force');
  if (facts.endpoint !== request.endpoint)
    throw new TypeError('clear: "facts" must be those of the request\'s endpoint');
  const allowed = evaluations.map(evaluation => evaluation.maxOutputTokens ?? Number.POSITIVE_INFINITY);
  const maxOutputTokens = Math.min(request.prompt.maxOutputTokens, ...allowed);
  const unenforceable = evaluations.flatMap(evaluation => evaluation.unenforceable);
  const exclusions = [...evaluations.map(evaluation => evaluation.constraints), further]
    .flatMap(constraints => exclusionsOf(facts, constraints, { ...size, maxOutputTokens }))
    .filter(exclusion => exclusion.enforced);
  if (unenforceable.length > 0 || exclusions.length > 0) return { exclusions, unenforceable };
  const mayStore = request.mayStore && evaluations.every(evaluation => evaluation.mayStore);
  return { cleared: { ...request, mayStore, prompt: { ...request.prompt, maxOutputTokens } } as Cleared<T> };
}

function demandsOf(enforcer: Rule['demands'], rules: PolicyRules): Demands | undefined {
  try {
    return enforcer(rules);
  } catch {
    return undefined;
  }
}

function least(demands: readonly Demands[], read: (demands: Demands) => number | undefined): number | undefined {
  const values = demands.map(read).filter(value => value !== undefined);
  return values.length === 0 ? undefined : Math.min(...values);
}

/** An output limit excludes nothing; under MONITOR it is noted where it would have shortened the answer. */
function wouldShorten(maxOutputTokens: number): Constraint {
  return {
    needsSize: true,
    rejects: (_, size) =>
      size === undefined || size.maxOutputTokens <= maxOutputTokens
        ? []
        : [{ code: 'PARAMETERS', detail: `at most ${maxOutputTokens} output tokens would be asked for` }],
  };
}

function rejectionsOf(facts: EndpointFacts, constraint: Constraint, size: RequestSize | undefined) {
  try {
    return constraint.rejects(facts, size);
  } catch {
    return [{ code: 'MODEL_ACCESS', detail: 'a rule could not be evaluated, so it refuses' } as const];
  }
}
