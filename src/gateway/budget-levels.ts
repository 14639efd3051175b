import { createHash } from 'node:crypto';
import type { BudgetLevel } from '../model/budget.ts';
import type { BudgetRule, BudgetScope, RateLimitRule } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { PolicyRef } from '../model/route.ts';
import { budgetWindow, type CountedScope, countedScope } from '../policy/counted-scope.ts';
import type { Bound } from '../policy/evaluate.ts';
import type { RateLimitLevel } from '../stores/rate-limit-store.ts';

interface CountedFor {
  readonly policy?: PolicyRef;
  readonly enforced: boolean;
  readonly per: BudgetScope;
  /** Absent: one pot for all whom the rule binds. */
  readonly scopeId?: string;
}

/** A level with the rule that asks for it. */
export interface CountedBudget extends CountedFor {
  readonly level: BudgetLevel;
  readonly name: string;
}

export interface CountedRate extends CountedFor {
  readonly level: RateLimitLevel;
}

const longestPart = 96;

/** The pots of this caller at an instant, each once: where two rules name one pot, the lower limit holds. */
export function countedBudgets(
  rules: readonly Bound<BudgetRule>[],
  principal: Principal,
  at: number,
): readonly CountedBudget[] {
  const byKey = new Map<string, CountedBudget>();
  for (const { rule, policy, ownerId, enforced } of rules) {
    const { name, limit, window, per } = rule;
    const scope = countedScope(per, principal, ownerId);
    const { startsAt, endsAt } = budgetWindow(window, at);
    const key = keyOf(scope, ['budget', policy?.policyId ?? 'code', name, window, String(startsAt), per]);
    const known = byKey.get(key);
    if (known !== undefined && known.level.limit <= limit) continue;
    const level: BudgetLevel = {
      key,
      limit,
      ...(scope.tenantId === undefined ? {} : { tenantId: scope.tenantId }),
      ...(endsAt === undefined ? {} : { resetsAt: endsAt }),
      ...(enforced ? {} : { isMonitored: true }),
    };
    byKey.set(key, { level, name, ...countedFor(per, scope, policy, enforced) });
  }
  return [...byKey.values()];
}

/** The limits of requests and tokens of this caller, each once. */
export function countedRates(rules: readonly Bound<RateLimitRule>[], principal: Principal): readonly CountedRate[] {
  const byKey = new Map<string, CountedRate>();
  for (const { rule, policy, ownerId, enforced } of rules) {
    const { windowMs, per } = rule;
    // Trying a limit must not use up what it grants: under MONITOR it counts apart.
    const kind = enforced ? 'rate' : 'monitored-rate';
    const scope = countedScope(per, principal, ownerId);
    for (const unit of ['requests', 'tokens'] as const) {
      const limit = rule[unit];
      if (limit === undefined) continue;
      const key = keyOf(scope, [kind, policy?.policyId ?? 'code', unit, String(windowMs), per]);
      const known = byKey.get(key);
      if (known !== undefined && known.level.limit <= limit) continue;
      const tenant = scope.tenantId === undefined ? {} : { tenantId: scope.tenantId };
      byKey.set(key, {
        level: { key, unit, limit, windowMs, ...tenant },
        ...countedFor(per, scope, policy, enforced),
      });
    }
  }
  return [...byKey.values()];
}

function countedFor(per: BudgetScope, { id }: CountedScope, policy: PolicyRef | undefined, enforced: boolean) {
  return { per, enforced, ...(policy === undefined ? {} : { policy }), ...(id === undefined ? {} : { scopeId: id }) };
}

function keyOf({ tenantId, id }: CountedScope, parts: readonly string[]): string {
  const tenant = tenantId === undefined ? '*' : written(tenantId);
  return [tenant, ...parts.map(written), ...(id === undefined ? [] : [written(id)])].join('/');
}

function written(part: string): string {
  const text = encodeURIComponent(part.toWellFormed()).replaceAll('*', '%2A');
  return text.length <= longestPart ? text : `%${createHash('sha256').update(part).digest('base64url')}`;
}
