import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startAdopting } from '../../src/gateway/adopt-expired.ts';
import { rebuildBudgets } from '../../src/gateway/rebuild-budgets.ts';
import { unshippedSettlements } from '../../src/gateway/unshipped-settlements.ts';
import type { BudgetLevel } from '../../src/model/budget.ts';
import type { BudgetStore, Settlement } from '../../src/stores/budget-store.ts';
import type { UnbookedSettlement } from '../../src/stores/ledger-store.ts';
import { redisBudgetStore } from '../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../src/stores/redis/redis-client.ts';
import { systemClock } from '../../src/system-clock.ts';
import { closed, settled, usage } from '../../src/testing/ledger-entries.ts';
import { entry, start } from '../stores/support/journal-writing.ts';
import { type Node, useNodes } from '../stores/support/journaled-ledgers.ts';
import { usePostgres } from '../stores/support/postgres-databases.ts';
import { postgresBinaries } from '../support/postgres-server.ts';
import { type RedisServer, redisAbsence, startRedis } from '../support/redis-server.ts';
import { endLeases } from '../support/redis-slots.ts';

const absence = `${redisAbsence}${postgresBinaries === undefined ? ' (PostgreSQL absent)' : ''}`;
const pots: readonly BudgetLevel[] = [
  { key: 'ever', tenantId: 'a', limit: 1_000_000n, isMonitored: true },
  { key: 'pot', limit: 1_000_000n, isMonitored: true },
];
const withoutFacts = ({ completionId: _, opened: _facts, ...settlement }: UnbookedSettlement): Settlement => settlement;

describe.skipIf(absence !== '')(`what was granted while the counters were away${absence}`, () => {
  const databases = usePostgres();
  const nodes = useNodes();
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
    for (const level of pots) await store.states([level]);
  });
  afterAll(async () => {
    await redis?.close();
    await server?.stop();
  });

  /** A node that has settled an attempt, nobody else has heard of, and was killed; it has started again. */
  async function restarted(url: string): Promise<Node> {
    const node = await nodes.start({ url, isShipping: false });
    const { completion, attempt } = entry(1);
    await node.ledger.openCompletion(completion);
    await node.ledger.openAttempt(attempt);
    await node.ledger.settleAttempt(settled(attempt, { usage: usage(1, 7n) }));
    await node.ledger.closeCompletion(closed(completion));
    await node.stop();
    return await nodes.start({ url, file: node.file, isShipping: false });
  }

  async function openAll(): Promise<void> {
    for (const slot of await store.coldSlots()) await store.open(slot, new Map());
  }

  async function adopt(
    { ledger }: Node,
    unheard: () => Promise<readonly UnbookedSettlement[]>,
    tell: (one: UnbookedSettlement) => Promise<unknown>,
  ): Promise<void> {
    const clock = systemClock;
    const nobody = () => false;
    const faults: unknown[] = [];
    const onFault = (cause: unknown) => void faults.push(cause);
    const options = { store, ledger, clock, isHeldHere: nobody, isRunningHere: nobody, unheard, tell, onFault };
    await (await startAdopting(options)).close();
    expect(faults).toEqual([]);
  }

  /** The disk of the node is lost before it has shipped anything: another one looks for what is left. */
  async function bookedByOthers(lost: Node, url: string) {
    await lost.stop();
    await rm(lost.file);
    await endLeases(server.admin);
    const other = await nodes.start({ url });
    await adopt(
      other,
      () => Promise.resolve([]),
      () => Promise.resolve(),
    );
    return await databases.server.ask(url, 'select outcome, cost from attempt');
  }

  const spent = async () => (await Promise.all(pots.map(level => store.states([level])))).flat();
  const counted = [
    { spent: 7n, reserved: 0n },
    { spent: 7n, reserved: 0n },
  ];
  const unknown = [{ outcome: 'UNKNOWN', cost: '7' }];

  for (const [what, keeps] of [
    ['and told at a restart is booked by others, when the disk is lost before it was shipped', true],
    ['control: and told without its facts is counted, and booked by nobody', false],
  ] as const) {
    test(what, async () => {
      const url = await databases.migrated();
      const back = await restarted(url);
      const { withFacts } = unshippedSettlements(store);
      await openAll();
      await adopt(
        back,
        () => back.ledger.settledSince(start),
        one => store.settle(keeps ? withFacts(one) : withoutFacts(one)),
      );
      expect(await spent()).toEqual(counted);
      expect(await bookedByOthers(back, url)).toEqual(keeps ? unknown : []);
      expect(await spent()).toEqual(counted);
    });

    test(`${what}: brought to counters that are rebuilt`, async () => {
      const url = await databases.migrated();
      const back = await restarted(url);
      const { withFacts } = unshippedSettlements(store);
      const rebuild = rebuildBudgets({
        store,
        ledger: back.ledger,
        nodes: { ownId: 'one', live: ['one'] },
        clock: systemClock,
        held: () => [],
        untold: () => [],
        withFacts: keeps ? withFacts : withoutFacts,
        callOthers() {},
        onAbsent() {},
      });
      await rebuild.look();
      expect(await spent()).toEqual(counted);
      expect(await bookedByOthers(back, url)).toEqual(keeps ? unknown : []);
      expect(await spent()).toEqual(counted);
    });
  }

  test('is let go of once it is shipped, and renewed until then', async () => {
    const url = await databases.migrated();
    const back = await restarted(url);
    const unshipped = unshippedSettlements(store);
    back.ledger.onShipped?.(unshipped.shipped);
    await openAll();
    for (const one of await back.ledger.settledSince(start)) await store.settle(unshipped.withFacts(one));
    const { completion, attempt } = entry(1);
    expect(unshipped.kept).toEqual([{ id: attempt.id, tenantId: completion.tenantId }]);
    expect(await server.admin.keys('*:f:*')).toHaveLength(1);
    back.ledger.startShipping();
    await expect.poll(() => server.admin.keys('*:f:*'), { timeout: 10_000 }).toEqual([]);
    expect(unshipped.kept).toEqual([]);
  });
});
