import type { Clock } from './model/clock.ts';
import type { BudgetStore } from './stores/budget-store.ts';
import type { HealthStore } from './stores/health-store.ts';
import type { IdempotencyStore } from './stores/idempotency-store.ts';
import { memoryBudgetStore } from './stores/memory/budget-store.ts';
import { memoryHealthStore } from './stores/memory/health-store.ts';
import { memoryRateLimitStore } from './stores/memory/rate-limit-store.ts';
import { memorySessionStore } from './stores/memory/session-store.ts';
import { memoryStreamStore } from './stores/memory/stream-store.ts';
import type { RateLimitStore } from './stores/rate-limit-store.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';
import type { SessionStore } from './stores/session-store.ts';
import type { StreamStore } from './stores/stream-store.ts';

export interface Counters {
  readonly stores: {
    readonly budgets: BudgetStore;
    readonly rates: RateLimitStore;
    readonly localRates: RateLimitStore;
    readonly health: HealthStore;
    readonly sessions: SessionStore;
    readonly idempotency: IdempotencyStore;
    readonly streams: StreamStore;
  };
  close(): Promise<void>;
}

/**
 * Opens what nodes share while they run: in Redis, where there is one, else in this process.
 *
 * @param ownKeys Where a machine of its own remembers idempotency keys, since they must outlive its process.
 */
export async function openCounters(
  redis: RedisClient | undefined,
  clock: Clock,
  ownKeys: IdempotencyStore,
): Promise<Counters> {
  const localRates = memoryRateLimitStore({ now: clock.monotonicMs });
  const health = memoryHealthStore();
  const sessions = memorySessionStore();
  if (redis === undefined) {
    // No answer is lost inside a process, so nothing is repeated later.
    const streams = memoryStreamStore({ now: clock.monotonicMs });
    const budgets = memoryBudgetStore({ now: clock.now, settledRetentionMs: 10_000 });
    return {
      stores: { budgets, rates: localRates, localRates, health, sessions, idempotency: ownKeys, streams },
      close: streams.close,
    };
  }
  // Loaded only where they are used: they take part of the start.
  const { redisBudgetStore } = await import('./stores/redis/redis-budget-store.ts');
  const { redisHealthStore } = await import('./stores/redis/redis-health-store.ts');
  const { redisIdempotencyStore } = await import('./stores/redis/redis-idempotency-store.ts');
  const { redisRateLimitStore } = await import('./stores/redis/redis-rate-limit-store.ts');
  const { redisSessionStore } = await import('./stores/redis/redis-session-store.ts');
  const { redisStreamStore } = await import('./stores/redis/redis-stream-store.ts');
  const streams = redisStreamStore({ redis, clock });
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
      idempotency: redisIdempotencyStore({ redis }),
      streams,
    },
    async close() {
      sharedHealth.stop();
      sharedSessions.stop();
      await streams.close();
    },
  };
}
