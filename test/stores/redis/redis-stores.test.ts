import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisIdempotencyStore } from '../../../src/stores/redis/redis-idempotency-store.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { redisStreamStore } from '../../../src/stores/redis/redis-stream-store.ts';
import { systemClock } from '../../../src/system-clock.ts';
import {
  budgetStoreContract,
  idempotencyStoreContract,
  rateLimitStoreContract,
  streamStoreContract,
} from '../../../src/testing/index.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { endIdempotencyLeases, endLeases, forgetIdempotencyKeys, forgetStreams } from '../../support/redis-slots.ts';

describe.skipIf(redisAbsence !== '')(`redis${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;

  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, commandTimeoutMs: 2000 });
  });
  beforeEach(async () => {
    await server.admin.flushall();
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  for (const { name, run } of budgetStoreContract) {
    test(`budgets: ${name}`, () =>
      run(async () => ({ store: redisBudgetStore({ redis }), endLeases: () => endLeases(server.admin) })));
  }
  for (const { name, run } of rateLimitStoreContract) {
    test(`rates: ${name}`, () => run(async () => redisRateLimitStore({ redis })));
  }
  for (const { name, run } of streamStoreContract) {
    test(`streams: ${name}`, () =>
      run(async () => ({
        store: redisStreamStore({ redis, clock: systemClock }),
        endKeeping: () => forgetStreams(server.admin),
      })));
  }
  for (const { name, run } of idempotencyStoreContract) {
    test(`idempotency: ${name}`, () =>
      run(async () => ({
        store: redisIdempotencyStore({ redis }),
        endLeases: () => endIdempotencyLeases(server.admin),
        endKeeping: () => forgetIdempotencyKeys(server.admin),
      })));
  }
});
