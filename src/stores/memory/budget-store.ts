import { randomUUID } from 'node:crypto';
import type { BudgetStore } from '../budget-store.ts';
import { budgetStoreOver } from '../budget-store-over.ts';
import { memoryBudgetSlots } from './budget-slots.ts';

export interface MemoryBudgetStoreOptions {
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
  /** How long a lease lasts without being renewed. Default: 60,000. */
  readonly leaseMs?: number;
  /** How long a settled reservation is remembered, so that its repetition changes nothing. Default: 900,000. */
  readonly settledRetentionMs?: number;
}

/** Counters of money in this process: gone with it, so every slot is cold at the start. */
export function memoryBudgetStore(options: MemoryBudgetStoreOptions = {}): BudgetStore {
  const { now = Date.now, leaseMs = 60_000, settledRetentionMs = 900_000 } = options;
  if (!(leaseMs > 0)) throw new TypeError('leaseMs: must be above 0');
  if (!(settledRetentionMs > 0)) throw new TypeError('settledRetentionMs: must be above 0');
  return budgetStoreOver(memoryBudgetSlots({ now, leaseMs, settledRetentionMs, newGeneration: randomUUID }));
}
