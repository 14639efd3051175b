import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ColdBudgetSlotError } from '../../../src/errors.ts';
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
import { type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts';
import { type RedisServer, redisAbsence } from '../../support/redis-server.ts';
import {
  endIdempotencyLeases,
  endLeases,
  forgetIdempotencyKeys,
  forgetStreams,
  loseSlot,
} from '../../support/redis-slots.ts';
import { until } from '../../support/until.ts';
import { commandSequences } from '../budget-commands.ts';
import { checkAgainstModel } from '../check-against-model.ts';

describe.skipIf(redisAbsence !== '')(`redis cluster${redisAbsence}`, () => {
  let cluster: RedisCluster;
  let redis: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    redis = await openRedis({ url: cluster.url, commandTimeoutMs: 1000 });
  });
  beforeEach(async () => {
    for (const { admin } of cluster.masters) await admin.flushall();
  });
  afterAll(async () => {
    await redis.close();
    await cluster.stop();
  });

  async function onEach(act: (master: RedisServer['admin']) => Promise<void>): Promise<void> {
    for (const { admin } of cluster.masters) await act(admin);
  }
  const endAllLeases = () => onEach(endLeases);

  for (const { name, run } of budgetStoreContract) {
    test(`budgets: ${name}`, () => run(async () => ({ store: redisBudgetStore({ redis }), endLeases: endAllLeases })));
  }
  for (const { name, run } of rateLimitStoreContract) {
    test(`rates: ${name}`, () => run(async () => redisRateLimitStore({ redis })));
  }
  for (const { name, run } of streamStoreContract) {
    test(`streams: ${name}`, () =>
      run(async () => ({
        store: redisStreamStore({ redis, clock: systemClock }),
        endKeeping: () => onEach(forgetStreams),
      })));
  }
  for (const { name, run } of idempotencyStoreContract) {
    test(`idempotency: ${name}`, () =>
      run(async () => ({
        store: redisIdempotencyStore({ redis }),
        endLeases: () => onEach(endIdempotencyLeases),
        endKeeping: () => onEach(forgetIdempotencyKeys),
      })));
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

  test('keeps to the plain account of what was reserved on any master', async () => {
    await fc.assert(
      fc.asyncProperty(commandSequences, async commands => {
        for (const { admin } of cluster.masters) await admin.flushall();
        await checkAgainstModel({ store: redisBudgetStore({ redis }), endLeases: endAllLeases, lose }, commands);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  async function lose(tenantId: string | undefined): Promise<void> {
    for (const { admin } of cluster.masters) await loseSlot(admin, tenantId);
  }

  test('loses with a master only the slots that it had, and takes what comes back empty for cold', async () => {
    const store = redisBudgetStore({ redis });
    const levels = Array.from({ length: 30 }, (_, index) => ({ key: 'own', tenantId: `tenant-${index}`, limit: 100n }));
    for (const level of levels) await store.states([level]);
    for (const slot of await store.coldSlots()) await store.open(slot, new Map([['own', { cost: 100n }]]));
    const [first, second] = cluster.masters;
    if (first === undefined || second === undefined) throw new Error('no masters');
    const lost = new Set((await first.admin.keys('*:slot')).map(key => /t:([^}]*)/.exec(key)?.[1]));
    expect(lost.size).toBeGreaterThan(0);

    await first.kill('SIGKILL');
    await first.restart();
    await until('the cluster is whole', async () =>
      String(await second.admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    for (const level of levels) {
      const { tenantId } = level;
      const reserve = () =>
        store.reserve({ id: `after-${tenantId}`, tenantId, levels: [level], amount: 1n, facts: '{}' }).then(
          result => (result.isReserved ? 'admitted' : 'refused'),
          error => (error instanceof ColdBudgetSlotError ? 'cold' : 'unavailable'),
        );
      let said = await reserve();
      await until(`the master of ${tenantId} answers`, async () => {
        said = await reserve();
        return said !== 'unavailable';
      });
      expect([tenantId, said]).toEqual([tenantId, lost.has(tenantId) ? 'cold' : 'refused']);
    }
    const cold = (await store.coldSlots()).map(({ tenantId }) => tenantId);
    expect(new Set(cold)).toEqual(lost);
  });
});
