import { afterEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { type AdoptExpiredOptions, startAdopting } from '../../src/gateway/adopt-expired.ts';
import type { AlertedBudget } from '../../src/gateway/budget-alert.ts';
import { recordedFacts } from '../../src/gateway/recorded-facts.ts';
import type { BudgetAlert } from '../../src/model/alert.ts';
import type { BudgetLevel } from '../../src/model/budget.ts';
import type { BudgetStore } from '../../src/stores/budget-store.ts';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { closed, settled, usage } from '../../src/testing/ledger-entries.ts';
import { entry, start } from '../stores/support/journal-writing.ts';
import { useNodes } from '../stores/support/journaled-ledgers.ts';
import { disagreements } from '../stores/support/ledger-agreement.ts';
import { usePostgres } from '../stores/support/postgres-databases.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const level: BudgetLevel = { key: 'ever', tenantId: 'a', limit: 1_000_000n };
const pot: BudgetLevel = { key: 'pot', limit: 1_000_000n };
const leaseMs = 60_000;
const bound: readonly AlertedBudget[] = [
  { level, name: 'ever', per: 'PROJECT', scopeId: 'a', policy: { policyId: 'p-1', revision: 3 } },
  { level: pot, name: 'all of us', per: 'POLICY' },
];
const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function openCounters(clock: ManualClock): Promise<BudgetStore> {
  const store = memoryBudgetStore({ now: clock.now, leaseMs });
  for (const each of [level, pot]) await store.states([each]);
  for (const slot of await store.coldSlots()) await store.open(slot, new Map());
  return store;
}

/** Holds an attempt as a run does before it calls a provider. */
async function reserve(store: BudgetStore, { completion, attempt }: ReturnType<typeof entry>, facts?: string) {
  await store.reserve({
    id: attempt.id,
    tenantId: completion.tenantId,
    levels: [level, pot],
    amount: attempt.assumedOnCrash.cost,
    facts: facts ?? recordedFacts(completion, attempt),
  });
}

async function openLedger(): Promise<LedgerStore> {
  const { ledger, close } = await openSqliteStores({ file: ':memory:' });
  toClose.push(close);
  return ledger;
}

/** Starts adopting, and makes further rounds when they are due. */
async function adopt(
  clock: ManualClock,
  options: Pick<AdoptExpiredOptions, 'store' | 'ledger'> & Partial<AdoptExpiredOptions>,
) {
  const faults: unknown[] = [];
  const job = await startAdopting({
    clock,
    isHeldHere: () => false,
    isRunningHere: () => false,
    unheard: () => Promise.resolve([]),
    tell: unbooked => options.store.settle(unbooked),
    onFault: cause => faults.push(cause),
    ...options,
  });
  toClose.push(job.close);
  return { faults, nextRound: () => clock.advance(6_000) };
}

const spent = async (store: BudgetStore) =>
  (await Promise.all([level, pot].map(each => store.states([each])))).flatMap(states =>
    states.map(state => [state.spent, state.reserved]),
  );
const both = (amount: bigint, reserved = 0n) => [
  [amount, reserved],
  [amount, reserved],
];
const statusOf = async (ledger: LedgerStore, { completion }: ReturnType<typeof entry>) =>
  (await ledger.completions([completion.id]))[0]?.status;

test('counts and books an attempt whose lease has ended, and none whose lease goes on or that this node holds', async () => {
  const clock = manualClock(start);
  const [store, ledger] = [await openCounters(clock), await openLedger()];
  const [gone, own, going, running] = [entry(1), entry(2), entry(3), entry(4)];
  for (const each of [gone, own, running]) await reserve(store, each);
  clock.advance(leaseMs + 1);
  await reserve(store, going);
  const { faults } = await adopt(clock, {
    store,
    ledger,
    isHeldHere: id => id === own.attempt.id,
    isRunningHere: id => id === running.completion.id,
  });
  expect(await spent(store)).toEqual(both(1000n, 3000n));
  expect(await ledger.completions([gone, own, going, running].map(({ completion }) => completion.id))).toMatchObject([
    { status: 'INCOMPLETE', usage: { cost: 1000n } },
    undefined,
    undefined,
    undefined,
  ]);
  expect(faults).toEqual([]);
});

test('repairs in the next round what a round left half done, and comes out the same on several nodes at once', async () => {
  const clock = manualClock(start);
  const [store, ledger] = [await openCounters(clock), await openLedger()];
  const entries = Array.from({ length: 45 }, (_, serial) => entry(serial));
  for (const each of entries) await reserve(store, each);
  clock.advance(leaseMs + 1);
  let isDown = true;
  const halting: BudgetStore = {
    ...store,
    assume: (...args) =>
      isDown ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'away')) : store.assume(...args),
  };
  const one = await adopt(clock, { store: halting, ledger });
  // The control: the ledger has booked some that the counters still hold.
  expect(await statusOf(ledger, entries[0] ?? entry(0))).toBe('INCOMPLETE');
  expect(await spent(store)).toEqual(both(0n, 45_000n));
  expect(one.faults).toHaveLength(1);
  await adopt(clock, { store: halting, ledger });
  isDown = false;
  one.nextRound();
  await until('nothing is held', async () => (await store.expired(1)).length === 0);
  expect(await spent(store)).toEqual(both(45_000n));
  expect(Object.fromEntries(await ledger.budgetTotals('a', start))).toEqual({ ever: { cost: 45_000n } });
  expect(one.faults).toHaveLength(1);
});

test('tells of each budget that reaches a threshold by what it books, once over all nodes', async () => {
  const clock = manualClock(start);
  const [store, ledger] = [await openCounters(clock), await openLedger()];
  const [most, rest] = [850_000n, 160_000n].map((cost, serial) =>
    entry(serial, {}, { assumedOnCrash: { ...usage(1, cost), estimated: true } }),
  );
  if (most === undefined || rest === undefined) return;
  const told: BudgetAlert[] = [];
  const round = async () => {
    clock.advance(leaseMs + 1);
    for (let node = 0; node < 2; node++) await adopt(clock, { store, ledger, onAlert: alert => void told.push(alert) });
  };
  await reserve(store, most, recordedFacts(most.completion, most.attempt, bound));
  await round();
  const at80 = { type: 'budget.threshold', threshold: 80, limit: 1_000_000n };
  expect(told).toEqual([
    expect.objectContaining({ ...at80, budget: 'all of us', per: 'POLICY' }),
    expect.objectContaining({ ...at80, budget: 'ever', per: 'PROJECT', scopeId: 'a', policyId: 'p-1', tenantId: 'a' }),
  ]);
  // Facts that name no budget, as those that a restarted node reads in its journal: counted all the same.
  await store.reserve({
    id: rest.attempt.id,
    tenantId: 'a',
    levels: [level],
    amount: 140_000n,
    facts: recordedFacts(rest.completion, rest.attempt),
  });
  await round();
  expect(told).toHaveLength(2);
});

test('counts what can be recorded nowhere at what was reserved, tells of it, and goes on with the others', async () => {
  const clock = manualClock(start);
  const [store, ledger] = [await openCounters(clock), await openLedger()];
  const [empty, foreign, tenant, victim, fine] = [1, 2, 3, 4, 5].map(serial => entry(serial));
  if (!empty || !foreign || !tenant || !victim || !fine) return;
  await reserve(store, empty, '{"completion":null,"attempt":{}}');
  await reserve(store, foreign, recordedFacts(victim.completion, victim.attempt));
  await reserve(store, tenant, recordedFacts({ ...tenant.completion, tenantId: 'b' }, tenant.attempt));
  await reserve(store, fine);
  clock.advance(leaseMs + 1);
  const { faults } = await adopt(clock, { store, ledger });
  expect(await spent(store)).toEqual(both(4000n));
  const found = await ledger.completions([empty, foreign, tenant, victim, fine].map(({ completion }) => completion.id));
  expect(found.map(completion => completion?.status)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'INCOMPLETE',
  ]);
  expect(faults.map(String)).toEqual(
    [empty, foreign, tenant].map(
      ({ attempt }) => `OperatorReason: the attempt ${attempt.id} of a node that is gone cannot be recorded`,
    ),
  );
});

test('counts nothing while the ledger is away, tells of it once, and does so once it is back', async () => {
  const clock = manualClock(start);
  const [store, ledger] = [await openCounters(clock), await openLedger()];
  await reserve(store, entry(1));
  clock.advance(leaseMs + 1);
  let tries = 0;
  let isAway = true;
  const away: LedgerStore = {
    ...ledger,
    adoptAttempt: (...args) => {
      tries += 1;
      return isAway ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'away')) : ledger.adoptAttempt(...args);
    },
  };
  const { faults, nextRound } = await adopt(clock, { store, ledger: away });
  nextRound();
  await until('it was tried again', () => tries === 2);
  expect([await spent(store), faults.length]).toEqual([both(0n, 1000n), 1]);
  isAway = false;
  await until('it is counted', async () => {
    nextRound();
    return (await store.expired(1)).length === 0;
  });
  expect([await spent(store), faults.length]).toEqual([both(1000n), 1]);
});

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  test('corrects counters and ledger to what a node had settled before it died, once it comes back', async () => {
    const clock = manualClock(start);
    const url = await databases.migrated();
    const store = await openCounters(clock);
    const [own, other] = [await nodes.start({ url, isShipping: false }), await nodes.start({ url })];
    const [finished, running, unshipped] = [entry(1), entry(2), entry(3)];
    for (const each of [finished, running, unshipped]) {
      await own.ledger.openCompletion(each.completion);
      await reserve(store, each);
      await own.ledger.openAttempt(each.attempt);
    }
    // The node dies after it has written this, and before the counters hear of the first.
    for (const { attempt, completion } of [finished, unshipped]) {
      await own.ledger.settleAttempt(settled(attempt, { usage: usage(1, 7n) }));
      await own.ledger.closeCompletion(closed(completion));
    }
    await store.settle({ id: unshipped.attempt.id, tenantId: 'a', levels: [level, pot], cost: 7n });
    await own.stop();
    clock.advance(leaseMs + 1);
    await adopt(clock, { store, ledger: other.ledger });
    expect(await spent(store)).toEqual(both(2007n));
    expect(await statusOf(other.ledger, finished)).toBe('INCOMPLETE');

    const back = await nodes.start({ url, file: own.file, isShipping: false });
    await back.ledger.recover(clock.now());
    await adopt(clock, { store, ledger: back.ledger, unheard: () => back.ledger.settledSince(start) });
    back.ledger.startShipping();
    await until('all is shipped', () => back.ledger.flush(1000));
    expect(await disagreements(databases.server, url)).toEqual([]);
    const totals = await back.ledger.budgetTotals('a', start);
    expect([totals.get('ever')?.cost, await spent(store)]).toEqual([1014n, both(1014n)]);
    const found = await other.ledger.completions([finished, running, unshipped].map(({ completion }) => completion.id));
    expect(found.map(completion => [completion?.status, completion?.usage.cost])).toEqual([
      ['FINISHED', 7n],
      ['INCOMPLETE', 1000n],
      ['FINISHED', 7n],
    ]);
  });

  test('counts once what others had assumed of a node, where the counters are lost before it comes back', async () => {
    const clock = manualClock(start);
    const url = await databases.migrated();
    const [own, other] = [await nodes.start({ url, isShipping: false }), await nodes.start({ url })];
    const each = entry(1);
    await own.ledger.openCompletion(each.completion);
    await own.ledger.openAttempt(each.attempt);
    await own.ledger.settleAttempt(settled(each.attempt, { usage: usage(1, 7n) }));
    await own.ledger.closeCompletion(closed(each.completion));
    await own.stop();
    await other.ledger.adoptAttempt(each.completion, each.attempt, clock.now());
    const store = memoryBudgetStore({ now: clock.now, leaseMs });
    for (const one of [level, pot]) await store.states([one]);

    const back = await nodes.start({ url, file: own.file, isShipping: false });
    let isTold = false;
    const { faults, nextRound } = await adopt(clock, {
      store,
      ledger: back.ledger,
      unheard: () => back.ledger.settledSince(start),
      onTold() {
        isTold = true;
      },
    });
    // Not before the counters are rebuilt with what is assumed: only then it is known what is to be added.
    expect([isTold, faults.length]).toEqual([false, 1]);
    for (const slot of await store.coldSlots()) {
      await store.open(slot, await back.ledger.budgetTotals(slot.tenantId, clock.now()));
    }
    expect(await spent(store)).toEqual(both(1000n));
    await until('it is told', () => {
      nextRound();
      return isTold;
    });
    expect(await spent(store)).toEqual(both(7n));
    back.ledger.startShipping();
    await until('all is shipped', () => back.ledger.flush(1000));
    expect((await back.ledger.budgetTotals('a', start)).get('ever')).toEqual({ cost: 7n });
  });

  test('counts at its true cost what a node had journalled and nobody else adopted meanwhile', async () => {
    const clock = manualClock(start);
    const url = await databases.migrated();
    const store = await openCounters(clock);
    const node = await nodes.start({ url });
    const each = entry(1);
    await node.ledger.openCompletion(each.completion);
    await reserve(store, each);
    await node.ledger.openAttempt(each.attempt);
    await node.ledger.settleAttempt(settled(each.attempt, { usage: usage(1, 7n) }));
    clock.advance(leaseMs + 1);
    await adopt(clock, { store, ledger: node.ledger });
    expect(await spent(store)).toEqual(both(7n));
    expect(await databases.server.ask(url, 'select id from completion')).toEqual([]);
  });
});
