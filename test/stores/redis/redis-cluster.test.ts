import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { budgetStoreContract, rateLimitStoreContract } from '../../../src/testing/index.ts';
import { endLeases } from '../../support/end-leases.ts';
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { redisAbsence } from '../../support/redis-server.ts';

describe.skipIf(redisAbsence !== '')(`redis cluster${redisAbsence}`, () => {
  let cluster: RedisCluster;
  let redis: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    redis = await openRedis({ url: cluster.url });
  });
  beforeEach(async () => {
    for (const { admin } of cluster.masters) await admin.flushall();
  });
  afterAll(async () => {
    await redis.close();
    await cluster.stop();
  });

  async function endAllLeases(): Promise<void> {
    for (const { admin } of cluster.masters) await endLeases(admin);
  }

  for (const { name, run } of budgetStoreContract) {
    test(`budgets: ${name}`, () => run(async () => ({ store: redisBudgetStore({ redis }), endLeases: endAllLeases })));
  }
  for (const { name, run } of rateLimitStoreContract) {
    test(`rates: ${name}`, () => run(async () => redisRateLimitStore({ redis })));
  }

  test('spreads tenants over all masters, and serves levels across tenants beside them', async () => {
    const store = redisBudgetStore({ redis });
    const everybody = { key: 'everybody', limit: 1_000_000n };
    const tenants = Array.from({ length: 60 }, (_, index) => `tenant-${index}`);
    const reserve = (tenantId: string, id: string) =>
      store.reserve({
        id,
        tenantId,
        levels: [{ key: 'own', tenantId, limit: 100n }, everybody],
        amount: 10n,
        facts: '{}',
      });
    await store.states([everybody]);
    for (const tenantId of tenants) await store.states([{ key: 'own', tenantId, limit: 100n }]);
    for (const slot of await store.coldSlots()) await store.open(slot, new Map());
    const results = await Promise.all(
      tenants.flatMap(tenantId => Array.from({ length: 12 }, (_, index) => reserve(tenantId, `${tenantId}-${index}`))),
    );
    expect(results.filter(result => result.isReserved)).toHaveLength(600);
    expect(await store.states([everybody])).toEqual([{ spent: 0n, reserved: 6000n }]);
    const sizes = await Promise.all(cluster.masters.map(({ admin }) => admin.dbsize()));
    expect(Math.min(...sizes)).toBeGreaterThan(50);
  });
});
