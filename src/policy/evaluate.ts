import type { PolicyContribution, PolicyRules, RuleKind } from '../model/policy.ts';
import type { Exclusion, PolicyRef } from '../model/route.ts';
import type { Cleared } from './cleared.ts';
import type { BoundConstraint, EndpointFacts } from './constraint.ts';
import { type Rule, ruleMembers } from './rule.ts';

/** What all policies that bind one caller demand, compiled once and used for every endpoint. */
export interface Evaluation {
  readonly contributions: readonly PolicyContribution[];
  readonly constraints: readonly BoundConstraint[];
  /** Rule kinds in force without an enforcer, or whose enforcer threw: every request is refused. */
  readonly unenforceable: readonly RuleKind[];
  /** Whether providers and the gateway may store what they can be told not to. */
  readonly mayStore: boolean;
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
  const constraints: BoundConstraint[] = [];
  const unenforceable = new Set<RuleKind>();
  let mayStore = true;

  for (const contribution of all) {
    const isEnforced = contribution.mode === 'ENFORCE';
    for (const kind of kindsIn(contribution.rules)) {
      const enforcers = rules.filter(rule => rule.kind === kind);
      if (enforcers.length === 0 && isEnforced) unenforceable.add(kind);
      for (const enforcer of enforcers) {
        try {
          const demands = enforcer.demands(contribution.rules);
          if (isEnforced && !demands.mayStore) mayStore = false;
          for (const constraint of demands.constraints) {
            constraints.push({
              constraint,
              enforced: isEnforced,
              ...(contribution.policy === undefined ? {} : { policy: contribution.policy }),
            });
          }
        } catch {
          if (isEnforced) unenforceable.add(kind);
        }
      }
    }
  }
  return {
    contributions: all,
    constraints,
    unenforceable: [...unenforceable],
    mayStore,
    policies: all.flatMap(({ policy }) => (policy === undefined ? [] : [policy])),
  };
}

/** Judges one endpoint: every reason against it, of policies in MONITOR mode too. A constraint that throws rejects. */
export function exclusionsOf(facts: EndpointFacts, constraints: readonly BoundConstraint[]): readonly Exclusion[] {
  const exclusions: Exclusion[] = [];
  for (const { constraint, policy, enforced } of constraints) {
    for (const rejection of rejectionsOf(facts, constraint)) {
      exclusions.push({ ...rejection, enforced, ...(policy === undefined ? {} : { policy }) });
    }
  }
  return exclusions;
}

/**
 * Clears a request for the endpoint in it, or says why not. The only maker of `Cleared`.
 *
 * Called anew for every attempt, so that a retry or fallback passes what is in force then.
 */
export function clear<T extends { readonly endpoint: EndpointFacts['endpoint']; readonly mayStore: boolean }>(
  request: T,
  facts: EndpointFacts,
  evaluations: readonly Evaluation[],
):
  | { readonly cleared: Cleared<T> }
  | { readonly exclusions: readonly Exclusion[]; readonly unenforceable: readonly RuleKind[] } {
  if (evaluations.length === 0) throw new TypeError('clear: "evaluations" must hold what is in force');
  const unenforceable = evaluations.flatMap(evaluation => evaluation.unenforceable);
  const exclusions = evaluations
    .flatMap(evaluation => exclusionsOf(facts, evaluation.constraints))
    .filter(exclusion => exclusion.enforced);
  if (facts.endpoint !== request.endpoint)
    throw new TypeError('clear: "facts" must be those of the request\'s endpoint');
  if (unenforceable.length > 0 || exclusions.length > 0) return { exclusions, unenforceable };
  const mayStore = request.mayStore && evaluations.every(evaluation => evaluation.mayStore);
  return { cleared: { ...request, mayStore } as Cleared<T> };
}

function kindsIn(rules: PolicyRules): readonly RuleKind[] {
  const kinds = Object.keys(ruleMembers) as RuleKind[];
  return kinds.filter(kind => rules[ruleMembers[kind]] !== undefined);
}

function rejectionsOf(facts: EndpointFacts, constraint: BoundConstraint['constraint']) {
  try {
    return constraint.rejects(facts);
  } catch {
    return [{ code: 'MODEL_ACCESS', detail: 'a rule could not be evaluated, so it refuses' } as const];
  }
}
