import type { Clock } from './model/clock.ts';
import type { BudgetStore } from './stores/budget-store.ts';
import type { HealthStore } from './stores/health-store.ts';
import { memoryBudgetStore } from './stores/memory/budget-store.ts';
import { memoryHealthStore } from './stores/memory/health-store.ts';
import { memoryRateLimitStore } from './stores/memory/rate-limit-store.ts';
import { memorySessionStore } from './stores/memory/session-store.ts';
import type { RateLimitStore } from './stores/rate-limit-store.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';
import type { SessionStore } from './stores/session-store.ts';

export interface Counters {
  readonly stores: {
    readonly budgets: BudgetStore;
    readonly rates: RateLimitStore;
    readonly localRates: RateLimitStore;
    readonly health: HealthStore;
    readonly sessions: SessionStore;
  };
  close(): Promise<void>;
}

/** Opens what nodes share while they run: in Redis, where there is one, else in this process. */
export async function openCounters(redis: RedisClient | undefined, clock: Clock): Promise<Counters> {
  const localRates = memoryRateLimitStore({ now: clock.monotonicMs });
  const health = memoryHealthStore();
  const sessions = memorySessionStore();
  if (redis === undefined) {
    // No answer is lost inside a process, so nothing is repeated later.
    const budgets = memoryBudgetStore({ now: clock.now, settledRetentionMs: 10_000 });
    return {
      stores: { budgets, rates: localRates, localRates, health, sessions },
      close: () => Promise.resolve(),
    };
  }
  // Loaded only where they are used: they take part of the start.
  const { redisBudgetStore } = await import('./stores/redis/redis-budget-store.ts');
  const { redisHealthStore } = await import('./stores/redis/redis-health-store.ts');
  const { redisRateLimitStore } = await import('./stores/redis/redis-rate-limit-store.ts');
  const { redisSessionStore } = await import('./stores/redis/redis-session-store.ts');
  const sharedHealth = redisHealthStore({ redis, clock, local: health });
  const sharedSessions = redisSessionStore({ redis, clock, local: sessions });
  sharedHealth.start();
  sharedSessions.start();
  return {
    stores: {
      budgets: redisBudgetStore({ redis }),
      rates: redisRateLimitStore({ redis }),
      localRates,
      health: sharedHealth,
      sessions: sharedSessions,
    },
    async close() {
      sharedHealth.stop();
      sharedSessions.stop();
    },
  };
}
