import type { PolicyContribution } from '../model/policy.ts';
import { type Evaluation, evaluatePolicies } from '../policy/evaluate.ts';
import type { Rule } from '../policy/rule.ts';

const compiled = new WeakMap<readonly Rule[], WeakMap<readonly PolicyContribution[], Evaluation>>();

/** As `evaluatePolicies`, done once for as long as rules and contributions are the same arrays. */
export function compilePolicies(contributions: readonly PolicyContribution[], rules: readonly Rule[]): Evaluation {
  let byContributions = compiled.get(rules);
  if (byContributions === undefined) {
    byContributions = new WeakMap();
    compiled.set(rules, byContributions);
  }
  let evaluation = byContributions.get(contributions);
  if (evaluation === undefined) {
    evaluation = evaluatePolicies(contributions, rules);
    byContributions.set(contributions, evaluation);
  }
  return evaluation;
}
