import type { BudgetStore } from '../budget-store.ts';
import { budgetStoreOver } from '../budget-store-over.ts';
import { redisBudgetSlots } from './redis-budget-slots.ts';
import type { RedisClient } from './redis-client.ts';

export interface RedisBudgetStoreOptions {
  readonly redis: RedisClient;
  /** How long a lease lasts without being renewed. Default: 60,000. */
  readonly leaseMs?: number;
  /**
   * How long a settled reservation is remembered, so that its repetition changes nothing: as long as a node may be away
   * that has not heard the answer. Default: seven days.
   */
  readonly settledRetentionMs?: number;
}

/** Counters of money that all nodes share, in Redis 7 or a Redis Cluster. */
export function redisBudgetStore(options: RedisBudgetStoreOptions): BudgetStore {
  const { redis, leaseMs = 60_000, settledRetentionMs = 7 * 86_400_000 } = options;
  for (const [name, value] of Object.entries({ leaseMs, settledRetentionMs })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`${name}: must be whole and above 0`);
  }
  return budgetStoreOver(redisBudgetSlots({ redis, leaseMs, settledRetentionMs }));
}
