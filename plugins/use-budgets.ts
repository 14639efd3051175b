import type { BudgetRule } from '../src/model/policy.ts';
import { budgets } from '../src/policy/rules/budgets.ts';
import { carryRule } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

export interface BudgetsOptions extends GatewayOption {
  /** What this server may spend, in nano-dollars; `per: 'POLICY'` is one pot for all of it. Default: none, only the enforcer for what policies demand. */
  readonly budgets?: readonly BudgetRule[];
}

/** Keeps spending within budgets: what a request may cost at most is reserved before a provider is called. */
export function useBudgets({ gateway, budgets: rules }: BudgetsOptions = {}): GovernancePlugin {
  return carryRule('useBudgets', budgets(rules), gateway);
}
