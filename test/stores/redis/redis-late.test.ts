import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetStore } from '../../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { attempt, day, dollar, everybody, openSlots, settlement, stateOf } from './open-budgets.ts';

const unavailable = { code: 'STORE_UNAVAILABLE' };

describe.skipIf(redisAbsence !== '')(`redis, late${redisAbsence}`, () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let near: RedisClient;
  let far: RedisClient;
  let store: BudgetStore;
  let distant: BudgetStore;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    near = await openRedis({ url: server.url });
    far = await openRedis({ url: `redis://127.0.0.1:${proxy.port}` });
    store = redisBudgetStore({ redis: near });
    distant = redisBudgetStore({ redis: far });
    await openSlots(store);
    await distant.reserve(attempt('warm'));
    await distant.settle(settlement('warm', 0n));
  });
  afterEach(async () => {
    await Promise.all([near.close(), far.close()]);
    await proxy.stop();
    await server.stop();
  });

  for (const [where, level] of [
    ['of a tenant', day],
    ['across tenants', everybody],
  ] as const) {
    test(`holds nothing ${where} for a reservation that arrives after it was settled`, async () => {
      proxy.hold();
      await expect(distant.reserve(attempt('late', dollar, [level]))).rejects.toMatchObject(unavailable);
      await store.settle(settlement('late', 0n, [level]));
      const before = await scriptsRun(server);
      proxy.release();
      await until('the late call has run', async () => (await scriptsRun(server)) > before);
      expect(await stateOf(store, level)).toEqual([0n, 0n]);
    });
  }

  test('control: the late reservation does arrive, and holds where nobody has settled it', async () => {
    proxy.hold();
    await expect(distant.reserve(attempt('late'))).rejects.toMatchObject(unavailable);
    proxy.release();
    await until('the late call has run', async () => (await stateOf(store))[1] === dollar);
  });

  test('holds once where the answer was lost and the reservation is repeated', async () => {
    proxy.loseAnswers();
    await expect(distant.reserve(attempt('lost'))).rejects.toMatchObject(unavailable);
    expect((await store.reserve(attempt('lost'))).isReserved).toBe(true);
    expect(await stateOf(store)).toEqual([0n, dollar]);
  });

  test('charges once where the answer was lost, and tells again what it has crossed', async () => {
    proxy.loseAnswers();
    const costly = settlement('costly', 90n * dollar);
    await expect(distant.settle(costly)).rejects.toMatchObject(unavailable);
    expect(await store.settle(costly)).toEqual([{ key: 'day', threshold: 80 }]);
    expect(await stateOf(store)).toEqual([90n * dollar, 0n]);
  });

  test('stays right where a paused server runs everything late', async () => {
    await store.reserve(attempt('running', 3n * dollar));
    await server.admin.call('CLIENT', 'PAUSE', '600', 'WRITE');
    const late = [
      store.reserve(attempt('late')),
      store.settle(settlement('late', 0n)),
      store.settle(settlement('running', dollar)),
      store.settle(settlement('running', dollar)),
      store.renew([attempt('running')]),
    ];
    for (const result of await Promise.allSettled(late)) expect(result.status).toBe('rejected');
    await until('everything has run', async () => (await stateOf(store).catch(() => []))[0] === dollar);
    expect(await stateOf(store)).toEqual([dollar, 0n]);
  });

  test('gives back across tenants what a later step could not hold', async () => {
    await server.admin.del('{tollgate:t:acme}:slot');
    await expect(store.reserve(attempt('a', dollar, [day, everybody]))).rejects.toThrow();
    await until('it is given back', async () => (await stateOf(store, everybody))[1] === 0n);
  });
});

async function scriptsRun(server: RedisServer): Promise<number> {
  const statistics = await server.admin.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(statistics)?.[1] ?? 0);
}
