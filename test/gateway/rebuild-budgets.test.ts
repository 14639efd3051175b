import { afterEach, expect, test } from 'vitest';
import { rebuildBudgets } from '../../src/gateway/rebuild-budgets.ts';
import type { BudgetLevel } from '../../src/model/budget.ts';
import type { BudgetStore, Reservation, Settlement } from '../../src/stores/budget-store.ts';
import type { LedgerStore, UnbookedSettlement } from '../../src/stores/ledger-store.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from '../../src/system-clock.ts';

const pot: BudgetLevel = { key: 'pot', limit: 1_000n };
const own: BudgetLevel = { key: 'own', tenantId: 'a', limit: 1_000n };
const levels = [pot, own];
const close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of close.splice(0)) await each();
});

async function openLedger(): Promise<LedgerStore> {
  const stores = await openSqliteStores({ file: ':memory:' });
  close.push(stores.close);
  return stores.ledger;
}

/** One of the nodes `one` and `two`, that share these counters and this ledger. */
function node(
  ownId: string,
  store: BudgetStore,
  ledger: LedgerStore,
  held: readonly Reservation[] = [],
  untold: readonly Reservation[] = [],
) {
  return rebuildBudgets({
    store,
    ledger,
    nodes: { ownId, live: ['one', 'two'] },
    clock: systemClock,
    held: () => held,
    untold: () => untold,
    withFacts: ({ completionId: _none, opened: _nothing, ...settlement }) => settlement,
    callOthers() {},
    onAbsent() {},
  });
}

async function lose(): Promise<BudgetStore> {
  const store = memoryBudgetStore();
  for (const level of levels) await store.states([level]);
  return store;
}

async function spent(store: BudgetStore): Promise<readonly bigint[]> {
  const states = await Promise.all(levels.map(level => store.states([level])));
  return states.flat().flatMap(state => [state.spent, state.reserved]);
}

const cost: Settlement = { id: 'late', tenantId: 'a', levels, cost: 70n };
const recorded: UnbookedSettlement = {
  ...cost,
  completionId: 'of-late',
  opened() {
    throw new Error('nobody asks');
  },
};

test('counts what was granted without the counters and settled after its node had joined their rebuilding', async () => {
  const [store, ledger] = [await lose(), await openLedger()];
  const [one, two] = [node('one', store, ledger), node('two', store, ledger)];
  await one.look();
  await one.settle(cost);
  await two.look();
  await one.look();
  await one.settle(cost);
  expect(await spent(store)).toEqual([70n, 0n, 70n, 0n]);
});

test('control: told to the counters alone, it is counted nowhere', async () => {
  const [store, ledger] = [await lose(), await openLedger()];
  await node('one', store, ledger).look();
  await store.settle(cost);
  await node('two', store, ledger).look();
  expect(await spent(store)).toEqual([0n, 0n, 0n, 0n]);
});

test('holds nothing of an attempt that was settled while its node brought it', async () => {
  const store = await lose();
  const ledger = await openLedger();
  const settledMeanwhile: UnbookedSettlement[] = [];
  const reading: LedgerStore = { ...ledger, unbooked: async () => [...settledMeanwhile] };
  const bringing: BudgetStore = {
    ...store,
    async join(slot, nodeId, held, settled) {
      if (held.length > 0 && settledMeanwhile.length === 0) {
        settledMeanwhile.push(recorded);
        await store.settle(cost);
      }
      await store.join(slot, nodeId, held, settled);
    },
  };
  await node('one', bringing, reading, [{ id: 'late', tenantId: 'a', levels, amount: 90n, facts: '{}' }]).look();
  await node('two', store, ledger).look();
  expect(await spent(store)).toEqual([70n, 0n, 70n, 0n]);
});

test('books nothing beside counters that it has brought a part to, and counts it once', async () => {
  const store = await lose();
  const ledger = await openLedger();
  let isHeld = false;
  let isAway = true;
  const booked: Settlement[] = [];
  const journalled: LedgerStore = {
    ...ledger,
    unbooked: async () => (booked.length === 0 ? [recorded] : []),
    async holdBooking() {
      isHeld = true;
      return () => {
        isHeld = false;
      };
    },
    budgetTotals: async tenantId =>
      new Map(booked.length === 0 ? [] : [[tenantId === undefined ? 'pot' : 'own', { cost: 70n }]]),
  };
  const breaking: BudgetStore = {
    ...store,
    async join(slot, nodeId, held, settled) {
      await store.join(slot, isAway ? 'nobody' : nodeId, held, settled);
      if (isAway) throw new Error('the answer was lost');
    },
  };
  const one = node('one', breaking, journalled);
  await expect(one.look()).rejects.toThrow();
  // A journal ships whenever it may.
  if (!isHeld) booked.push(cost);
  isAway = false;
  await one.look();
  await node('two', store, journalled).look();
  expect(await spent(store)).toEqual([70n, 0n, 70n, 0n]);
  await one.look();
  expect(isHeld).toBe(false);
});

for (const [what, untold, expected] of [
  ['counts once what was booked before its counters, that were lost meanwhile, could be told', true, 70n],
  ['control: of a node that does not say so, it is counted twice', false, 140n],
] as const) {
  test(what, async () => {
    const store = await lose();
    const ledger = await openLedger();
    const booked: LedgerStore = {
      ...ledger,
      budgetTotals: async tenantId => new Map([[tenantId === undefined ? 'pot' : 'own', { cost: 70n }]]),
    };
    const late: Reservation = { id: 'late', tenantId: 'a', levels, amount: 90n, facts: '{}' };
    const one = node('one', store, booked, [], untold ? [late] : []);
    await one.look();
    await node('two', store, booked).look();
    await one.settle(cost);
    expect(await spent(store)).toEqual([expected, 0n, expected, 0n]);
  });
}
