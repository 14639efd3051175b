import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { attempt, dollar, openSlots, settlement, stateOf } from './open-budgets.ts';

describe.skipIf(redisAbsence !== '')(`redis failover${redisAbsence}`, () => {
  let master: RedisServer;
  let replica: RedisServer;

  beforeEach(async () => {
    [master, replica] = await Promise.all([startRedis('--repl-diskless-sync-delay', '0'), startRedis()]);
    await replica.admin.call('REPLICAOF', '127.0.0.1', master.port);
    await until('the replica follows', async () =>
      (await replica.admin.info('replication')).includes('master_link_status:up'),
    );
  });
  afterEach(async () => {
    await Promise.all([master.stop(), replica.stop()]);
  });

  async function replicated(): Promise<void> {
    const offset = async (server: RedisServer, field: string) =>
      new RegExp(`${field}:(\\d+)`).exec(await server.admin.info('replication'))?.[1];
    await until('the replica has it all', async () => {
      const done = await offset(master, 'master_repl_offset');
      return done !== undefined && done === (await offset(replica, 'slave_repl_offset'));
    });
  }

  test('goes on with the counters that the replica has, and charges what it has missed when that is settled', async () => {
    const redis = await openRedis({ url: master.url });
    const store = redisBudgetStore({ redis });
    await openSlots(store);
    await store.reserve(attempt('kept', 2n * dollar));
    await replicated();
    await replica.admin.call('REPLICAOF', 'NO', 'ONE');
    await store.reserve(attempt('missed', 5n * dollar));
    await redis.close();
    await master.kill('SIGKILL');

    const promoted = await openRedis({ url: replica.url });
    const after = redisBudgetStore({ redis: promoted });
    expect(await stateOf(after)).toEqual([0n, 2n * dollar]);
    expect(await after.coldSlots()).toEqual([]);
    expect((await after.reserve(attempt('next'))).isReserved).toBe(true);
    await after.settle(settlement('missed', 4n * dollar));
    await after.settle(settlement('kept', dollar));
    await after.settle(settlement('kept', dollar));
    expect(await stateOf(after)).toEqual([5n * dollar, dollar]);
    await promoted.close();
  });
});
