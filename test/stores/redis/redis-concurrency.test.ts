import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { attempt, dollar, everybody, openSlots, stateOf } from './open-budgets.ts';

const limit = 4999n * dollar + 999_999_999n;
const amount = 400_000_003n;
const fits = Number(limit / amount);
const total = 20_000;
const day = { key: 'crowded', tenantId: 'acme', limit };

describe.skipIf(redisAbsence !== '')(`redis, crowded${redisAbsence}`, () => {
  let server: RedisServer;
  let clients: readonly [RedisClient, RedisClient];

  beforeAll(async () => {
    server = await startRedis();
    const open = () => openRedis({ url: server.url, commandTimeoutMs: 30_000, silenceMs: 30_000, maxInFlight: total });
    clients = [await open(), await open()];
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await server.stop();
  });

  test(`admits exactly ${fits} of ${total} reservations that two nodes make at once`, async () => {
    const stores = clients.map(redis => redisBudgetStore({ redis }));
    for (const store of stores) await openSlots(store, [day, everybody]);
    const results = await Promise.all(
      Array.from({ length: total }, (_, index) => {
        const store = stores[index % 2];
        return store?.reserve(attempt(`crowd-${index}`, amount, [day]));
      }),
    );
    expect(results.filter(result => result?.isReserved === true)).toHaveLength(fits);
    const told = results.flatMap(result => result?.crossed ?? []);
    expect(told).toEqual([{ key: 'crowded', threshold: 100 }]);
    expect(stores[0] && (await stateOf(stores[0], day))).toEqual([0n, BigInt(fits) * amount]);
  }, 60_000);

  test('control: two nodes that look first and hold afterwards admit too much', async () => {
    const [left, right] = clients;
    const key = 'looked-at-first';
    let admitted = 0;
    const reserve = async (redis: RedisClient) => {
      const held = Number((await redis.command('GET', key)) ?? 0);
      if (BigInt(held + 1) * amount > limit) return;
      await redis.command('INCR', key);
      admitted++;
    };
    await Promise.all(Array.from({ length: total }, (_, index) => reserve(index % 2 === 0 ? left : right)));
    expect(admitted).toBeGreaterThan(fits);
  });

  test('admits exactly a full window of requests that two nodes take at once', async () => {
    const stores = clients.map(redis => redisRateLimitStore({ redis }));
    const level = { key: 'rate', unit: 'requests', limit: 777, windowMs: 31 * 86_400_000, tenantId: 'acme' } as const;
    const results = await Promise.all(
      Array.from({ length: 3000 }, (_, index) => stores[index % 2]?.take([{ level, amount: 1 }])),
    );
    expect(results.filter(result => result?.refusedBy === undefined)).toHaveLength(777);
  });
});
