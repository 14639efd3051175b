import { budgetAmountContract } from './budget-amount-contract.ts';
import { budgetLeaseContract } from './budget-lease-contract.ts';
import type { BudgetStoreSubject } from './budget-subject.ts';
import type { ContractCase } from './contract.ts';

/** What every BudgetStore promises. */
export const budgetStoreContract: readonly ContractCase<BudgetStoreSubject>[] = [
  ...budgetAmountContract,
  ...budgetLeaseContract,
];
