import type { BudgetLevel } from '../../../src/model/budget.ts';
import type { BudgetStore, Reservation } from '../../../src/stores/budget-store.ts';

export const dollar = 1_000_000_000n;
export const day: BudgetLevel = { key: 'day', tenantId: 'acme', limit: 100n * dollar };
export const everybody: BudgetLevel = { key: 'everybody', limit: 1000n * dollar };

export function attempt(id: string, amount = dollar, levels: readonly BudgetLevel[] = [day]): Reservation {
  return { id, tenantId: 'acme', levels, amount, facts: '{}' };
}

export function settlement(id: string, cost: bigint, levels: readonly BudgetLevel[] = [day]) {
  return { id, tenantId: 'acme', levels, cost };
}

/** Opens the slots of these levels with nothing booked. */
export async function openSlots(store: BudgetStore, levels: readonly BudgetLevel[] = [day, everybody]): Promise<void> {
  for (const level of levels) await store.states([level]);
  for (const slot of await store.coldSlots()) await store.open(slot, new Map());
}

/** Spent and reserved, in nano-dollars. */
export async function stateOf(store: BudgetStore, level: BudgetLevel = day): Promise<readonly bigint[]> {
  const [state] = await store.states([level]);
  return state === undefined ? [] : [state.spent, state.reserved];
}
