import type { BudgetLevel } from '../model/budget.ts';
import type { BudgetStore, Reservation } from '../stores/budget-store.ts';

/** A store, and what a test of it needs beside. */
export interface BudgetStoreSubject {
  readonly store: BudgetStore;
  /** Lets every lease that is held run out. */
  endLeases(): Promise<void>;
}

export const dollar = 1_000_000_000n;
export const billion = 1_000_000_000n * dollar;

export function level(key: string, limit: bigint, tenantId: string | undefined = 'acme'): BudgetLevel {
  return { key, limit, ...(tenantId === '' ? {} : { tenantId }) };
}

export function reservation(
  id: string,
  amount: bigint,
  levels: readonly BudgetLevel[],
  tenantId = 'acme',
): Reservation {
  return { id, tenantId, levels, amount, facts: JSON.stringify({ id, note: 'ünï' }) };
}

/** Opens what is cold, as a single node does. */
export async function openAll(store: BudgetStore, levels: readonly BudgetLevel[]): Promise<void> {
  for (const each of levels) await store.states([each]);
  for (const slot of await store.coldSlots()) {
    await store.join(slot, 'node-a', [], []);
    await store.open(slot, new Map());
  }
}

export async function held(store: BudgetStore, level: BudgetLevel): Promise<readonly [bigint, bigint]> {
  const [state] = await store.states([level]);
  return [state?.spent ?? -1n, state?.reserved ?? -1n];
}

export const day = level('day', 10n * dollar);
export const month = level('month', 15n * dollar);
export const everybody = level('everybody', 12n * dollar, '');
