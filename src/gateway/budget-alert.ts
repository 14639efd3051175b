import type { BudgetAlert } from '../model/alert.ts';
import type { BudgetThreshold } from '../model/budget.ts';
import type { CountedBudget } from './budget-levels.ts';
import { uuidV7 } from './uuid-v7.ts';

/** What is to be known of a budget to tell of it. */
export type AlertedBudget = Pick<CountedBudget, 'level' | 'name' | 'per' | 'scopeId' | 'policy'>;

/** Says that a budget has reached a threshold. */
export function budgetAlert(budget: AlertedBudget, threshold: BudgetThreshold, at: number): BudgetAlert {
  const { level, name, per, scopeId, policy } = budget;
  return {
    type: 'budget.threshold',
    id: uuidV7(at),
    at,
    budget: name,
    per,
    threshold,
    limit: level.limit,
    ...(policy === undefined ? {} : { policyId: policy.policyId }),
    ...(scopeId === undefined ? {} : { scopeId }),
    ...(level.tenantId === undefined ? {} : { tenantId: level.tenantId }),
    ...(level.resetsAt === undefined ? {} : { resetsAt: level.resetsAt }),
  };
}
