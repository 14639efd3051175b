import { type BudgetThreshold, budgetThresholds } from '../model/budget.ts';
import type { NanoDollars } from '../model/money.ts';

/** The limit that each threshold was last told for, by threshold. */
export type ToldLimits = Map<BudgetThreshold, NanoDollars>;

/**
 * Finds the thresholds that what was spent has reached and that were not told yet, and notes in `told` that they are.
 *
 * A threshold is told once for a limit, and again only for a higher limit than it was told for: a limit that is raised
 * tells anew, one that is lowered does not. Where nothing was spent, nothing is reached.
 */
export function tellReached(spent: NanoDollars, limit: NanoDollars, told: ToldLimits): readonly BudgetThreshold[] {
  if (spent <= 0n) return [];
  return budgetThresholds.filter(
    threshold => spent * 100n >= limit * BigInt(threshold) && tell(threshold, limit, told),
  );
}

/** Notes that a reservation was refused at this limit; true where that is news. */
export function tellRefused(limit: NanoDollars, told: ToldLimits): boolean {
  return tell(100, limit, told);
}

function tell(threshold: BudgetThreshold, limit: NanoDollars, told: ToldLimits): boolean {
  const toldFor = told.get(threshold);
  if (toldFor !== undefined && toldFor >= limit) return false;
  told.set(threshold, limit);
  return true;
}
