import type { PolicyRules } from '../model/policy.ts';
import type { RulesPatch } from './administration.ts';

/** Rules as a patch leaves them: what it leaves out stays, null removes, lists are replaced, members of a rule likewise. */
export function mergeRules(rules: PolicyRules, patch: RulesPatch): PolicyRules {
  const merged: Record<string, unknown> = { ...rules };
  for (const [kind, change] of Object.entries(patch)) {
    if (change === undefined) continue;
    if (change === null) delete merged[kind];
    else merged[kind] = Array.isArray(change) ? change : mergeMembers(merged[kind], change);
  }
  return merged;
}

function mergeMembers(rule: unknown, change: object): object {
  const merged: Record<string, unknown> = { ...(typeof rule === 'object' ? rule : {}) };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}
