import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetStore } from '../../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { attempt, dollar, openSlots, settlement, stateOf } from './open-budgets.ts';

const level = { key: 'rate', unit: 'requests', limit: 1_000_000, windowMs: 1000, tenantId: 'acme' } as const;

/** How a call ends, by a timer that a busy machine delays as it delays the call's own. */
async function endOfCall(call: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>(resolve => {
    timer = setTimeout(resolve, 250, 'late');
  });
  const outcome = call.then(
    () => 'answered',
    () => 'failed',
  );
  return await Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}

describe.skipIf(redisAbsence !== '')(`redis, stopped${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;
  let store: BudgetStore;

  beforeEach(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, maxInFlight: 500 });
    store = redisBudgetStore({ redis });
    await openSlots(store);
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  test('fails every call within 250 ms while the server says nothing, keeps nothing of them, and recovers', async () => {
    await store.reserve(attempt('running', 7n * dollar));
    const rates = redisRateLimitStore({ redis });
    await server.kill('SIGSTOP');
    const ends = new Set<string>();
    const end = performance.now() + 3000;
    let count = 0;
    while (performance.now() < end) {
      const calls = Array.from({ length: 40 }, (_, index) => {
        const id = `stopped-${count++}`;
        const call: Promise<unknown> =
          index % 2 === 0 ? store.reserve(attempt(id)) : rates.take([{ level, amount: 1 }]);
        return endOfCall(call);
      });
      for (const ended of await Promise.all(calls)) ends.add(ended);
      await new Promise(setImmediate);
    }
    expect(count).toBeGreaterThan(400);
    expect([...ends]).toEqual(['failed']);
    await server.kill('SIGCONT');
    await until('redis is back', () => redis.isReachable());
    for (let index = 0; index < count; index += 200) {
      const ids = Array.from({ length: 200 }, (_, offset) => `stopped-${index + offset}`);
      await Promise.all(ids.map(id => store.settle(settlement(id, 0n))));
    }
    expect(await stateOf(store)).toEqual([0n, 7n * dollar]);
  });

  test('refuses at once what goes beyond the calls that it makes at the same time', async () => {
    await server.kill('SIGSTOP');
    const calls = Array.from({ length: 700 }, (_, index) => {
      const start = performance.now();
      return store.settle(settlement(`a-${index}`, 0n)).catch(() => performance.now() - start);
    });
    const tooMany = calls.slice(500);
    for (const lasted of await Promise.all(tooMany)) expect(lasted).toBeLessThan(150);
    await Promise.all(calls);
  });

  test('fails at once while nobody listens, and connects by itself when somebody does', async () => {
    await server.kill('SIGKILL');
    await until('the connection is closed', async () => !(await redis.isReachable()));
    const start = performance.now();
    await expect(store.reserve(attempt('a'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - start).toBeLessThan(100);
    await server.restart();
    await until('redis is back', () => redis.isReachable());
  });

  test('hangs up on a connection that has gone silent, and goes on over a new one', async () => {
    const proxy = await startTcpProxy(server.port);
    const client = await openRedis({ url: `redis://127.0.0.1:${proxy.port}`, silenceMs: 500 });
    expect(await client.isReachable()).toBe(true);
    proxy.silence();
    expect(await client.isReachable()).toBe(false);
    await until('redis is back', () => client.isReachable());
    await client.close();
    await proxy.stop();
  });
});
