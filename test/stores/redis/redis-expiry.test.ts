import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetStore } from '../../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { endLeases } from '../../support/redis-slots.ts';
import { attempt, day, dollar, openSlots, settlement, stateOf } from './open-budgets.ts';

const dayMs = 86_400_000;
const prefix = '{tollgate:t:acme}:';

describe.skipIf(redisAbsence !== '')(`redis, what it forgets${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;
  let store: BudgetStore;

  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, commandTimeoutMs: 2000 });
  });
  beforeEach(async () => {
    await server.admin.flushall();
    store = redisBudgetStore({ redis });
    await openSlots(store);
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  test('keeps a level for eight days after its window, and one without a window for ever', async () => {
    const resetsAt = Date.now() + dayMs;
    const total = { ...day, key: 'total' };
    await store.reserve(attempt('a', dollar, [{ ...day, resetsAt }, total]));
    await store.settle(settlement('b', dollar, [{ ...day, key: 'settled', resetsAt }]));
    expect(await server.admin.pexpiretime(`${prefix}b:day`)).toBe(resetsAt + 8 * dayMs);
    expect(await server.admin.pexpiretime(`${prefix}b:settled`)).toBe(resetsAt + 8 * dayMs);
    expect(await server.admin.pexpiretime(`${prefix}b:total`)).toBe(-1);
  });

  test('keeps a level that is rebuilt from the ledger for eight days after its window, too', async () => {
    await server.admin.flushall();
    await store.states([day]);
    const resetsAt = Date.now() + dayMs;
    for (const slot of await store.coldSlots()) {
      await store.open(
        slot,
        new Map([
          ['day', { cost: dollar, resetsAt }],
          ['total', { cost: dollar }],
        ]),
      );
    }
    expect(await stateOf(store)).toEqual([dollar, 0n]);
    expect(await server.admin.pexpiretime(`${prefix}b:day`)).toBe(resetsAt + 8 * dayMs);
    expect(await server.admin.pexpiretime(`${prefix}b:total`)).toBe(-1);
  });

  test('forgets a level at once that is settled long after its window, and goes on', async () => {
    const old = { ...day, key: 'old', resetsAt: Date.now() - 9 * dayMs };
    await store.settle(settlement('late', dollar, [old, day]));
    expect(await server.admin.exists(`${prefix}b:old`)).toBe(0);
    expect(await stateOf(store)).toEqual([dollar, 0n]);
  });

  test('keeps what is held until somebody decides, and what is settled or assumed for seven days', async () => {
    for (const id of ['held', 'settled', 'assumed']) await store.reserve(attempt(id));
    await store.settle(settlement('settled', 1n));
    await endLeases(server.admin);
    for (const each of await store.expired(10)) if (each.id === 'assumed') await store.assume(each, dollar);
    const days = async (key: string) => Math.ceil((await server.admin.pttl(`${prefix}${key}`)) / dayMs);
    expect([await server.admin.pttl(`${prefix}r:held`), await days('r:assumed')]).toEqual([-1, 7]);
    expect([await server.admin.exists(`${prefix}r:settled`), await days('s:settled')]).toEqual([0, 7]);
  });

  test('forgets at once what was given back, and never sooner what is kept beside it', async () => {
    const uuid = (number: number) => `0199d4c2-7b1e-7c3a-9d2f-00000000000${number}`;
    const kept = `${prefix}s:0199d4c2`;
    const brief = redisBudgetStore({ redis, settledRetentionMs: dayMs });
    await brief.settle(settlement(uuid(1), 1n));
    expect(Math.ceil((await server.admin.pttl(kept)) / dayMs)).toBe(1);
    await store.settle(settlement(uuid(2), 1n));
    await brief.settle(settlement(uuid(3), 1n));
    expect(Math.ceil((await server.admin.pttl(kept)) / dayMs)).toBe(7);
    expect(await server.admin.hlen(kept)).toBe(3);
    const pot = { key: 'pot', limit: 100n * dollar };
    await openSlots(store, [pot]);
    expect((await store.reserve(attempt(uuid(4), day.limit + 1n - 3n, [day, pot]))).isReserved).toBe(false);
    expect(await server.admin.keys('{tollgate:\\*}:[rs]:*')).toEqual([]);
  });

  test('forgets a rate when it is full again', async () => {
    const level = { key: 'rate', tenantId: 'acme', unit: 'requests', limit: 60, windowMs: 60_000 } as const;
    await redisRateLimitStore({ redis }).take([{ level, amount: 30 }]);
    const leftMs = await server.admin.pttl(`${prefix}l:rate`);
    expect(leftMs).toBeGreaterThan(29_000);
    expect(leftMs).toBeLessThanOrEqual(30_002);
  });

  test('finds leases over many tenants, so many at once as are asked for, and hides none behind others', async () => {
    const tenants = Array.from({ length: 250 }, (_, index) => `tenant-${index}`);
    const levels = (tenantId: string) => [{ key: 'day', tenantId, limit: 100n * dollar }];
    await Promise.all(tenants.map(tenantId => store.states(levels(tenantId))));
    for (const slot of await store.coldSlots()) await store.open(slot, new Map());
    await Promise.all(
      tenants.map(tenantId => store.reserve({ ...attempt(`of-${tenantId}`), tenantId, levels: levels(tenantId) })),
    );
    await endLeases(server.admin);
    const seen = new Set<string>();
    for (let search = 0; search < 10; search++) {
      const found = await store.expired(40);
      expect(found.length).toBeLessThanOrEqual(40);
      for (const { id } of found) seen.add(id);
    }
    expect(seen.size).toBe(250);
  });

  test('asks no more for slots in which nothing is held, and asks again when something is', async () => {
    await store.reserve(attempt('a'));
    await store.settle(settlement('a', 0n));
    const slots = '{tollgate}:slots';
    await store.expired(10);
    expect(await server.admin.zcard(slots)).toBe(1);
    await server.admin.call('ZADD', slots, 1, 't:acme');
    await store.expired(10);
    expect(await server.admin.zcard(slots)).toBe(0);
    const another = redisBudgetStore({ redis });
    await another.reserve(attempt('b'));
    await server.admin.call('ZADD', slots, 1, 't:acme');
    await endLeases(server.admin);
    expect((await another.expired(10)).map(({ id }) => id)).toEqual(['b']);
    expect(await server.admin.zcard(slots)).toBe(1);
  });

  test('finds what is held in counters that were lost and rebuilt, at once', async () => {
    await store.reserve(attempt('a'));
    await server.admin.flushall();
    await store.states([day]);
    for (const slot of await store.coldSlots()) {
      await store.join(slot, 'node-a', [attempt('b')], []);
      await store.open(slot, new Map());
    }
    await endLeases(server.admin);
    expect((await store.expired(10)).map(({ id }) => id)).toEqual(['b']);
  });

  test('goes on reserving where its list of slots cannot be written', async () => {
    await server.admin.call('SET', '{tollgate}:slots', 'not a list');
    expect((await redisBudgetStore({ redis }).reserve(attempt('a'))).isReserved).toBe(true);
  });
});
