import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BudgetLevel } from '../../src/model/budget.ts';
import { redisBudgetStore } from '../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../support/redis-server.ts';
import { type Change, followChanges, readChanges } from './append-only-file.ts';
import type { Pot } from './history.ts';
import { createReplay, replayCounters } from './replay-counters.ts';

const name = (kind: string) => `acme/budget/${kind}/month/TOTAL/0/PROJECT/acme`;
const month: BudgetLevel = { key: name('month'), tenantId: 'acme', limit: 100n };
const pots: readonly Pot[] = [{ policyId: 'month', limitNanos: 100n, isMonitored: false }];

const reservation = (id: string, amount: bigint) => ({
  id,
  tenantId: 'acme',
  amount,
  levels: [month],
  facts: JSON.stringify({ completion: { labels: [{ name: 'request', value: `of-${id}` }] } }),
});

describe.skipIf(redisAbsence !== '')(`the replay of what Redis has written${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;
  let changes: readonly Change[];

  beforeAll(async () => {
    server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    redis = await openRedis({ url: server.url });
    const store = redisBudgetStore({ redis });
    await store.states([month]);
    for (const slot of await store.coldSlots()) await store.open(slot, new Map([[month.key, { cost: 10n }]]));
    await store.reserve(reservation('first-attempt', 50n));
    await store.reserve(reservation('other-attempt', 40n));
    await store.settle({ id: 'first-attempt', tenantId: 'acme', levels: [month], cost: 30n });
    await store.settle({ id: 'other-attempt', tenantId: 'acme', levels: [month], cost: 40n });
    changes = readChanges(join(server.folder, 'appendonlydir'));
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  const checksOf = (some: readonly Change[], limit = 100n) =>
    replayCounters([some], [{ policyId: 'month', limitNanos: limit, isMonitored: false }]).violations.map(
      ({ check }) => check,
    );
  const placeOf = (what: RegExp, from = 0) =>
    changes.findIndex((change, place) => place >= from && change.some(command => what.test(command.join(' '))));

  test('agrees with the counters, and knows what each attempt has reserved and cost', () => {
    const { violations, counted, admissions } = replayCounters([changes], pots);
    expect(violations).toEqual([]);
    expect(admissions).toBe(2);
    expect(counted.get('first-attempt')).toEqual({
      id: 'first-attempt',
      request: 'of-first-attempt',
      reservedNanos: 50n,
      costNanos: 30n,
    });
  });

  test('finds an admission beyond the limit', () => {
    expect(checksOf(changes, 99n)).toEqual(['no admission exceeds a limit']);
  });

  test('control: finds what two nodes admit that look first, and then record', async () => {
    const before = readChanges(join(server.folder, 'appendonlydir')).length;
    const store = redisBudgetStore({ redis });
    const fits = async () => {
      const [state] = await store.states([month]);
      return state !== undefined && state.spent + state.reserved + 20n <= month.limit;
    };
    const seen = await Promise.all([fits(), fits()]);
    const unchecked = { ...month, limit: 1_000n };
    for (const [index, isFree] of seen.entries()) {
      if (isFree) await store.reserve({ ...reservation(`unchecked-${index}`, 20n), levels: [unchecked] });
    }
    const all = readChanges(join(server.folder, 'appendonlydir'));
    expect(checksOf(all.slice(0, before))).toEqual([]);
    expect(checksOf(all)).toEqual(['no admission exceeds a limit']);
  });

  test('finds a settlement that is lost, and one that comes twice', () => {
    const settled = placeOf(/HSET \S+:s:first-at/);
    const without = changes.filter((_, place) => place !== settled);
    expect(checksOf(without)).toContain('counters follow the model');
    const [again] = changes.slice(settled, settled + 1);
    expect(checksOf([...changes, ...(again === undefined ? [] : [again])])).toContain('an attempt is settled once');
  });

  test('tells what rebuilt counters took from the ledger as a whole, and goes on from one loss to the next', async () => {
    const follow = followChanges();
    const folder = join(server.folder, 'appendonlydir');
    const replay = createReplay(pots);
    replay.feed(follow(folder));
    const before = replay.result();
    await server.admin.flushall();
    replay.lose();
    const store = redisBudgetStore({ redis });
    await store.states([month]);
    const known = { id: 'first-attempt', tenantId: 'acme', levels: [month], cost: 0n };
    for (const slot of await store.coldSlots()) {
      await store.join(slot, 'node-a', [], [known]);
      await store.open(slot, new Map([[month.key, { cost: 80n }]]));
    }
    await store.reserve(reservation('third-attempt', 20n));
    replay.feed(follow(folder));
    const { counted, current, violations, steps } = replay.result();
    expect(violations).toEqual(before.violations);
    expect(steps).toBeGreaterThan(before.steps);
    expect([...current].sort()).toEqual(['first-attempt', 'third-attempt']);
    expect(counted.get('first-attempt')).toMatchObject({ isWithBooked: true, reservedNanos: 50n });
    expect(counted.get('other-attempt')).toMatchObject({ costNanos: 40n });
    expect(follow(folder)).toEqual([]);
  });

  test('finds an attempt that is reserved twice', () => {
    const held = placeOf(/SET \S+:r:first-attempt h/);
    expect(checksOf([...changes.slice(0, held + 1), ...changes.slice(held)])).toContain('an attempt is reserved once');
  });
});
