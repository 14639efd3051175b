import type { NanoDollars } from '../model/money.ts';

/** What a node may spend by itself for each tenant while nobody can say what is left of its budgets. */
export interface OutageAllowance {
  /** Takes the worst case of an attempt, where it fits. */
  take(tenantId: string, amount: NanoDollars): boolean;
  /** Gives back what an attempt did not cost. */
  settle(tenantId: string, amount: NanoDollars, cost: NanoDollars): void;
  /** Whether something of it is gone. */
  hasTaken(tenantId: string): boolean;
  /** The tenant's counters answer again, and know all that was taken: the next outage begins with the whole of it. */
  renew(tenantId: string): void;
}

/**
 * @param nanoDollars For each tenant in each outage. 0: requests under a budget are refused.
 * @returns An allowance that nothing was taken from yet.
 */
export function createOutageAllowance(nanoDollars: NanoDollars): OutageAllowance {
  const taken = new Map<string, NanoDollars>();
  return {
    take(tenantId, amount) {
      const sum = (taken.get(tenantId) ?? 0n) + amount;
      if (nanoDollars === 0n || sum > nanoDollars) return false;
      taken.set(tenantId, sum);
      return true;
    },
    settle(tenantId, amount, cost) {
      const sum = taken.get(tenantId);
      if (sum === undefined) return;
      const left = sum - amount + cost;
      taken.set(tenantId, left > 0n ? left : 0n);
    },
    hasTaken: tenantId => taken.has(tenantId),
    renew: tenantId => void taken.delete(tenantId),
  };
}
