import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ColdBudgetSlotError } from '../../../src/errors.ts';
import type { BudgetStore } from '../../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../../../src/stores/redis/redis-rate-limit-store.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { attempt, day, dollar, openSlots, settlement, stateOf } from './open-budgets.ts';

const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };

describe.skipIf(redisAbsence !== '')(`redis faults${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;
  let store: BudgetStore;

  beforeEach(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, commandTimeoutMs: 2000 });
    store = redisBudgetStore({ redis });
    await openSlots(store);
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  test('goes on after its scripts were flushed, also with many calls at once', async () => {
    await store.reserve(attempt('a'));
    await server.admin.call('SCRIPT', 'FLUSH');
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.reserve(attempt(`b-${index}`))));
    expect(await stateOf(store)).toEqual([0n, 51n * dollar]);
  });

  test('refuses everything on a replica that takes no writes, and says that it is not reachable', async () => {
    await server.admin.call('REPLICAOF', '127.0.0.1', '1');
    await expect(store.reserve(attempt('a'))).rejects.toMatchObject(unavailable);
    await expect(store.settle(settlement('a', 1n))).rejects.toMatchObject(unavailable);
    expect(await redis.isReachable()).toBe(false);
    await server.admin.call('REPLICAOF', 'NO', 'ONE');
    expect(await redis.isReachable()).toBe(true);
    expect((await store.reserve(attempt('a'))).isReserved).toBe(true);
  });

  test('refuses what a full server cannot keep, and has held nothing', async () => {
    await server.admin.config('SET', 'maxmemory', '1mb');
    const level = { key: 'rate', unit: 'requests', limit: 10, windowMs: 60_000, tenantId: 'acme' } as const;
    await expect(store.reserve(attempt('a'))).rejects.toMatchObject(unavailable);
    await expect(redisRateLimitStore({ redis }).take([{ level, amount: 1 }])).rejects.toMatchObject(unavailable);
    expect(await redis.isReachable()).toBe(false);
    await server.admin.config('SET', 'maxmemory', '0');
    expect(await stateOf(store)).toEqual([0n, 0n]);
  });

  test('refuses everything where the server cannot save, or lacks its replicas', async () => {
    mkdirSync(join(server.folder, 'dump.rdb'));
    await server.admin.config('SET', 'save', '3600 1000000');
    await server.admin.bgsave();
    await until('the snapshot has failed', async () =>
      (await server.admin.info('persistence')).includes('rdb_last_bgsave_status:err'),
    );
    await expect(store.reserve(attempt('a'))).rejects.toMatchObject(unavailable);
    await server.admin.config('SET', 'save', '');
    await server.admin.config('SET', 'min-replicas-to-write', '1');
    await expect(store.reserve(attempt('b'))).rejects.toMatchObject(unavailable);
    await server.admin.config('SET', 'min-replicas-to-write', '0');
    expect(await stateOf(store)).toEqual([0n, 0n]);
  });

  test('is cold after a restart that lost everything, and does not know the generation of before', async () => {
    await store.reserve(attempt('running', 5n * dollar));
    await store.settle(settlement('done', 3n * dollar));
    await server.kill('SIGKILL');
    await expect(store.reserve(attempt('a'))).rejects.toMatchObject(unavailable);
    await server.restart();
    await until('redis is back', () => redis.isReachable());
    await expect(store.reserve(attempt('a'))).rejects.toThrow(ColdBudgetSlotError);
    const [slot] = await store.coldSlots();
    expect(slot?.tenantId).toBe('acme');
    if (slot === undefined) return;
    await store.join(slot, 'node-a', [attempt('running', 5n * dollar)], []);
    await store.open(slot, new Map([['day', { cost: 3n * dollar }]]));
    expect(await stateOf(store)).toEqual([3n * dollar, 5n * dollar]);
    await store.settle(settlement('running', dollar));
    expect(await stateOf(store)).toEqual([4n * dollar, 0n]);
  });

  test('control: a slot that is opened without what was booked admits again what was spent', async () => {
    await store.settle(settlement('done', day.limit));
    expect((await store.reserve(attempt('a'))).isReserved).toBe(false);
    await server.admin.flushall();
    const [slot] = await store.coldSlots();
    expect(slot).toBeUndefined();
    await store.states([day]);
    const [cold] = await store.coldSlots();
    if (cold === undefined) throw new Error('not cold');
    await store.open(cold, new Map());
    expect((await store.reserve(attempt('a'))).isReserved).toBe(true);
  });

  test('opens once, however many nodes open at once what takes many steps', async () => {
    await server.admin.flushall();
    await store.states([day]);
    const [slot] = await store.coldSlots();
    if (slot === undefined) throw new Error('not cold');
    const keys = Array.from({ length: 1200 }, (_, index) => `level-${index}`);
    const booked = new Map(keys.map(key => [key, { cost: 7n }] as const));
    await Promise.all([1, 2, 3].map(() => redisBudgetStore({ redis }).open(slot, booked)));
    const states = await store.states(keys.map(key => ({ key, tenantId: 'acme', limit: 0n })));
    expect(new Set(states.map(({ spent }) => spent))).toEqual(new Set([7n]));
  });

  test('says nothing of the connection string, of what was sent or of a stack', async () => {
    await server.admin.call('REPLICAOF', '127.0.0.1', '1');
    const error: unknown = await store
      .reserve({ ...attempt('a'), facts: 'marigold' })
      .catch((thrown: unknown) => thrown);
    const said = JSON.stringify(error, ['message', 'code', 'cause', 'name', 'command', 'args']);
    expect(said + String(error) + String(error instanceof Error ? error.cause : '')).not.toMatch(
      new RegExp(`marigold|${server.port}|127\\.0`),
    );
  });
});
