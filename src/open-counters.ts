import type { Clock } from './model/clock.ts';
import type { BudgetStore } from './stores/budget-store.ts';
import { memoryBudgetStore } from './stores/memory/budget-store.ts';
import { memoryRateLimitStore } from './stores/memory/rate-limit-store.ts';
import type { RateLimitStore } from './stores/rate-limit-store.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';

export interface Counters {
  readonly budgets: BudgetStore;
  readonly rates: RateLimitStore;
  readonly localRates: RateLimitStore;
}

/** Opens the counters of budgets and rates: in Redis, where nodes share one, else in this process. */
export async function openCounters(redis: RedisClient | undefined, clock: Clock): Promise<Counters> {
  const localRates = memoryRateLimitStore({ now: clock.now });
  if (redis === undefined) {
    return { budgets: memoryBudgetStore({ now: clock.now }), rates: localRates, localRates };
  }
  const { redisBudgetStore } = await import('./stores/redis/redis-budget-store.ts');
  const { redisRateLimitStore } = await import('./stores/redis/redis-rate-limit-store.ts');
  return { budgets: redisBudgetStore({ redis }), rates: redisRateLimitStore({ redis }), localRates };
}
