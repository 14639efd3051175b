import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetStore } from '../../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { endLeases } from '../../support/redis-slots.ts';
import { attempt, day, dollar, everybody, openSlots, settlement, stateOf } from './open-budgets.ts';

const levels = [day, everybody];
const facts = '{"completion":"c"}\n{"attempt":"a"}';

describe.skipIf(redisAbsence !== '')(`redis, of what is settled and on one disk only${redisAbsence}`, () => {
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
    await store.reserve({ ...attempt('a', 5n * dollar, levels), facts });
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  const settle = (keepsFacts: boolean) => store.settle({ ...settlement('a', 2n * dollar, levels), keepsFacts });
  const amounts = async () => [await stateOf(store, day), await stateOf(store, everybody)];
  const spent = [
    [2n * dollar, 0n],
    [2n * dollar, 0n],
  ];

  test('finds it with its facts and its cost when its node is gone, and spends nothing twice', async () => {
    await settle(true);
    expect(await amounts()).toEqual(spent);
    expect(await store.expired(10)).toEqual([]);
    await endLeases(server.admin);
    const [lost] = await store.expired(10);
    expect(lost).toEqual({
      id: 'a',
      tenantId: 'acme',
      amount: 2n * dollar,
      facts,
      levelKeys: ['day', 'everybody'],
      sharedLevelKeys: ['everybody'],
    });
    if (lost === undefined) return;
    await store.assume(lost, lost.amount);
    expect(await amounts()).toEqual(spent);
    expect(await store.expired(10)).toEqual([]);
    expect(await server.admin.keys('*:f:*')).toEqual([]);
  });

  test('leaves it to its node for as long as that renews the lease', async () => {
    await settle(true);
    await endLeases(server.admin);
    const [lost] = await store.expired(10);
    await store.renew([{ id: 'a', tenantId: 'acme', levels: [] }]);
    expect(await store.expired(10)).toEqual([]);
    if (lost !== undefined) await store.assume(lost, lost.amount);
    await endLeases(server.admin);
    expect(await store.expired(10)).toHaveLength(1);
  });

  test('lets go of it when it is recorded elsewhere, and of nothing that is held', async () => {
    await store.reserve(attempt('b'));
    await settle(true);
    await store.letGo([attempt('a'), attempt('b'), attempt('unknown')]);
    await endLeases(server.admin);
    expect((await store.expired(10)).map(({ id }) => id)).toEqual(['b']);
    expect(await amounts()).toEqual([
      [2n * dollar, dollar],
      [2n * dollar, 0n],
    ]);
  });

  test('keeps it where no budget binds', async () => {
    await store.reserve({ ...attempt('free', dollar, []), facts });
    await store.settle({ ...settlement('free', 7n, []), keepsFacts: true });
    await endLeases(server.admin);
    expect((await store.expired(10)).find(({ id }) => id === 'free')).toMatchObject({
      amount: 7n,
      facts,
      levelKeys: [],
    });
  });

  test('keeps it where it was granted while the counters were away', async () => {
    await store.settle({ ...settlement('local', 7n, levels), keepsFacts: true, facts });
    await store.settle({ ...settlement('local', 7n, levels), keepsFacts: true, facts });
    await endLeases(server.admin);
    const local = (await store.expired(10)).find(({ id }) => id === 'local');
    expect(local).toMatchObject({ amount: 7n, facts, levelKeys: ['day', 'everybody'] });
    if (local !== undefined) await store.assume(local, 7n);
    expect(await amounts()).toEqual([
      [7n, 5n * dollar],
      [7n, 5n * dollar],
    ]);
  });

  test('control: without that nobody finds it', async () => {
    await settle(false);
    await endLeases(server.admin);
    expect(await store.expired(10)).toEqual([]);
  });
});
