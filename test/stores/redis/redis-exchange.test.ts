import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryHealthStore } from '../../../src/stores/memory/health-store.ts';
import { memorySessionStore } from '../../../src/stores/memory/session-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { redisHealthStore } from '../../../src/stores/redis/redis-health-store.ts';
import { redisSessionStore } from '../../../src/stores/redis/redis-session-store.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { healthStoreContract, sessionStoreContract } from '../../../src/testing/index.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

const endpointId = 'model@one';
const credential = '1';

describe.skipIf(redisAbsence !== '')(`redis, what nodes tell each other${redisAbsence}`, () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let redis: RedisClient;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    redis = await openRedis({ url: `redis://127.0.0.1:${proxy.port}` });
  });
  afterEach(async () => {
    await redis.close();
    await proxy.stop();
    await server.stop();
  });

  const healthNode = (clock = manualClock()) => ({
    clock,
    store: redisHealthStore({ redis, clock, local: memoryHealthStore() }),
  });
  const sessionNode = (clock = manualClock()) => ({
    clock,
    store: redisSessionStore({ redis, clock, local: memorySessionStore() }),
  });

  for (const { name, run } of healthStoreContract) {
    test(`health: ${name}`, () => run(async () => healthNode().store));
  }
  for (const { name, run } of sessionStoreContract) {
    test(`sessions: ${name}`, () => run(async () => sessionNode().store));
  }

  test('opens the breaker by faults that other nodes saw, though their clocks are an hour apart', async () => {
    const [one, two] = [healthNode(), healthNode(manualClock(Date.UTC(2030, 0, 1)))];
    for (let count = 0; count < 5; count++)
      one.store.record({ endpointId, credential, at: one.clock.monotonicMs(), isGood: false });
    expect(two.store.health(endpointId, [credential], two.clock.monotonicMs()).state).toBe('UNKNOWN');
    await one.store.exchange();
    await two.store.exchange();
    expect(two.store.health(endpointId, [credential], two.clock.monotonicMs()).state).toBe('OPEN');
    two.store.record({ endpointId, credential, at: two.clock.monotonicMs(), isGood: true });
    await two.store.exchange();
    await one.store.exchange();
    expect(one.store.health(endpointId, [credential], one.clock.monotonicMs()).uptime).toBeCloseTo(1 / 6);
  });

  test('tells a node that starts what was seen before, and cools down for what is left', async () => {
    const one = healthNode();
    one.store.record({ endpointId, credential, at: one.clock.monotonicMs(), isGood: true, firstTokenMs: 120 });
    one.store.coolDown(endpointId, credential, one.clock.monotonicMs(), 30_000);
    await one.store.exchange();
    const late = healthNode(manualClock(Date.UTC(2020, 0, 1)));
    await late.store.exchange();
    expect(late.store.health(endpointId, [credential], late.clock.monotonicMs())).toMatchObject({
      uptime: 1,
      firstTokenP50Ms: 120,
    });
    const now = late.clock.monotonicMs();
    const leftMs = (late.store.coolingUntil(endpointId, credential, now) ?? now) - now;
    expect(leftMs).toBeGreaterThan(20_000);
    expect(leftMs).toBeLessThanOrEqual(30_000);
  });

  test('closes the breaker by a probe that another node has made, as soon as it begins to answer', async () => {
    const [one, two] = [healthNode(), healthNode(manualClock(Date.UTC(2030, 0, 1)))];
    for (const { store, clock } of [one, two]) {
      for (let count = 0; count < 5; count++) {
        store.record({ endpointId, credential, at: clock.monotonicMs(), isGood: false });
      }
      clock.advance(30_000);
    }
    const pass = one.store.admit(endpointId, credential, one.clock.monotonicMs());
    expect(pass?.isProbe).toBe(true);
    one.clock.advance(500);
    pass?.answered(one.clock.monotonicMs());
    pass?.answered(one.clock.monotonicMs());
    await one.store.exchange();
    await two.store.exchange();
    expect(two.store.admit(endpointId, credential, two.clock.monotonicMs())?.isProbe).toBe(false);
    expect(await server.admin.xlen('{tollgate}:health')).toBe(2);
  });

  test('waits on every node where a rate limit names no time, and shares how long first tokens take', async () => {
    const [one, two] = [healthNode(), healthNode()];
    one.store.coolDown(endpointId, credential, one.clock.monotonicMs());
    for (let count = 0; count < 10; count++) {
      const at = one.clock.monotonicMs();
      one.store.record({ endpointId, credential, at, isGood: true, inputTokens: 50, firstTokenMs: 640 });
    }
    await one.store.exchange();
    await two.store.exchange();
    const now = two.clock.monotonicMs();
    expect(two.store.coolingUntil(endpointId, credential, now)).toBeGreaterThan(now);
    expect(two.store.firstTokenP99Ms(endpointId, 60, now)).toBe(640);
  });

  test('is heard once where the answer was lost and it is told again', async () => {
    const [one, two] = [healthNode(), healthNode()];
    await two.store.exchange();
    one.store.record({ endpointId, credential, at: one.clock.monotonicMs(), isGood: false });
    proxy.loseAnswers();
    await one.store.exchange();
    proxy.reconnect();
    await until('redis is back', () => redis.isReachable());
    one.store.record({ endpointId, credential, at: one.clock.monotonicMs(), isGood: true });
    await one.store.exchange();
    await one.store.exchange();
    expect(await server.admin.xlen('{tollgate}:health')).toBe(3);
    await two.store.exchange();
    expect(two.store.health(endpointId, [credential], two.clock.monotonicMs()).uptime).toBe(0.5);
  });

  test('goes on by itself while Redis is away, and tells later what it saw', async () => {
    const [one, two] = [healthNode(), healthNode()];
    await server.kill('SIGKILL');
    for (let count = 0; count < 5; count++)
      one.store.record({ endpointId, credential, at: one.clock.monotonicMs(), isGood: false });
    await one.store.exchange();
    expect(one.store.health(endpointId, [credential], one.clock.monotonicMs()).state).toBe('OPEN');
    await server.restart();
    await until('redis is back', () => redis.isReachable());
    await one.store.exchange();
    await two.store.exchange();
    expect(two.store.health(endpointId, [credential], two.clock.monotonicMs()).state).toBe('OPEN');
  });

  test('keeps a session warm on every node, follows it where it goes, and stores no name of it', async () => {
    const [one, two] = [sessionNode(), sessionNode()];
    one.store.remember('marigold', 'model@one', one.clock.now());
    await one.store.exchange();
    await two.store.exchange();
    expect(two.store.endpointOf('marigold', two.clock.now())).toBe('model@one');
    two.clock.advance(10);
    two.store.remember('marigold', 'model@two', two.clock.now());
    await two.store.exchange();
    one.clock.advance(1000);
    await one.store.exchange();
    expect(one.store.endpointOf('marigold', one.clock.now())).toBe('model@two');
    expect(JSON.stringify(await server.admin.xrange('{tollgate}:sessions', '-', '+'))).not.toContain('marigold');
  });

  test('exchanges by itself once it is started, and not after it is stopped', async () => {
    const one = redisHealthStore({ redis, clock: systemClock, local: memoryHealthStore(), everyMs: 20 });
    const two = redisHealthStore({ redis, clock: systemClock, local: memoryHealthStore(), everyMs: 20 });
    for (const node of [one, two]) node.start();
    one.record({ endpointId, credential, at: performance.now(), isGood: true });
    await until('the other has heard', () => two.health(endpointId, [credential], performance.now()).uptime === 1);
    for (const node of [one, two]) node.stop();
    one.record({ endpointId, credential, at: performance.now(), isGood: true });
    const before = await server.admin.xlen('{tollgate}:health');
    await two.exchange();
    expect(await server.admin.xlen('{tollgate}:health')).toBe(before);
  });
});
