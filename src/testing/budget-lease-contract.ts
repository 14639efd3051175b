import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { ColdBudgetSlotError } from '../errors.ts';
import type { ColdSlot } from '../stores/budget-store.ts';
import {
  type BudgetStoreSubject,
  day,
  dollar,
  everybody,
  held,
  month,
  openAll,
  reservation,
} from './budget-subject.ts';
import type { ContractCase } from './contract.ts';

/** What every BudgetStore promises of leases, and of slots that have lost their counters. */
export const budgetLeaseContract: readonly ContractCase<BudgetStoreSubject>[] = [
  {
    name: 'keeps the facts of an attempt that no budget binds',
    async run(make) {
      const { store, endLeases } = await make();
      const free = reservation('free', 4n * dollar, []);
      deepEqual(await store.reserve(free), { isReserved: true, crossed: [] });
      await endLeases();
      deepEqual(await store.expired(10), [
        { id: 'free', tenantId: 'acme', amount: 4n * dollar, facts: free.facts, levelKeys: [], sharedLevelKeys: [] },
      ]);
      await store.settle({ id: 'free', tenantId: 'acme', levels: [], cost: dollar });
      deepEqual(await store.expired(10), []);
    },
  },
  {
    name: 'goes on holding what a dead node has reserved, until its cost is assumed, and corrects that later',
    async run(make) {
      const { store, endLeases } = await make();
      await openAll(store, [day, everybody]);
      await store.reserve(reservation('dead', 5n * dollar, [day, everybody]));
      deepEqual(await store.expired(10), []);
      await endLeases();
      deepEqual(await held(store, day), [0n, 5n * dollar]);
      const [dead, ...others] = await store.expired(10);
      deepEqual(
        [dead?.id, dead?.levelKeys, dead?.sharedLevelKeys, others],
        ['dead', ['day', 'everybody'], ['everybody'], []],
      );
      if (dead === undefined) return;
      await store.assume(dead, 4n * dollar);
      await store.assume(dead, 4n * dollar);
      await store.renew([{ id: 'dead', tenantId: 'acme', levels: [day, everybody] }]);
      deepEqual(
        [await held(store, day), await held(store, everybody)],
        [
          [4n * dollar, 0n],
          [4n * dollar, 0n],
        ],
      );
      deepEqual(await store.expired(10), []);
      await store.settle({ id: 'dead', tenantId: 'acme', levels: [day, everybody], cost: 1n });
      await store.assume(dead, 4n * dollar);
      deepEqual(
        [await held(store, day), await held(store, everybody)],
        [
          [1n, 0n],
          [1n, 0n],
        ],
      );
    },
  },
  {
    name: 'assumes nothing of a reservation that was renewed or settled meanwhile',
    async run(make) {
      const { store, endLeases } = await make();
      await openAll(store, [day]);
      await store.reserve(reservation('alive', 2n * dollar, [day]));
      await store.reserve(reservation('done', 3n * dollar, [day]));
      await endLeases();
      const expired = await store.expired(10);
      deepEqual(expired.map(each => each.id).sort(), ['alive', 'done']);
      equal((await store.expired(1)).length, 1);
      await store.renew([{ id: 'alive', tenantId: 'acme', levels: [day] }]);
      await store.settle({ id: 'done', tenantId: 'acme', levels: [day], cost: 1n });
      for (const each of expired) await store.assume(each, dollar);
      deepEqual(await held(store, day), [1n, 2n * dollar]);
      deepEqual(await store.expired(10), []);
    },
  },
  {
    name: 'refuses a slot that is cold until it is opened, and adds what is settled meanwhile to what was booked',
    async run(make) {
      const { store } = await make();
      await rejects(store.reserve(reservation('a', dollar, [day])), ColdBudgetSlotError);
      const [slot, ...others] = await store.coldSlots();
      deepEqual([slot?.tenantId, others], ['acme', []]);
      if (slot === undefined) return;
      const mine = reservation('held', 2n * dollar, [day]);
      const settled = { id: 'unbooked', tenantId: 'acme', levels: [day], cost: dollar };
      for (let count = 0; count < 2; count++) await store.join(slot, 'node-a', [mine], [settled]);
      await store.join(slot, 'node-b', [], []);
      deepEqual([...(await store.joined(slot))].sort(), ['node-a', 'node-b']);
      await store.settle({ id: 'held', tenantId: 'acme', levels: [day], cost: 3n });
      // In what the ledger has booked, or still to be brought: counted here too it would count twice.
      await store.settle({ id: 'not brought', tenantId: 'acme', levels: [day], cost: 7n });
      await rejects(store.reserve(reservation('a', dollar, [day])), ColdBudgetSlotError);
      await store.open(
        slot,
        new Map([
          ['day', { cost: 4n * dollar }],
          ['month', { cost: 6n * dollar }],
        ]),
      );
      await store.open(slot, new Map([['day', { cost: 4n * dollar }]]));
      deepEqual(await store.states([day, month]), [
        { spent: 5n * dollar + 3n, reserved: 0n },
        { spent: 6n * dollar, reserved: 0n },
      ]);
      deepEqual(await store.coldSlots(), []);
      equal((await store.reserve(reservation('b', 5n * dollar - 3n, [day]))).isReserved, true);
    },
  },
  {
    name: 'opens the pots across tenants by themselves, and changes nothing for another generation',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      await rejects(store.reserve(reservation('a', dollar, [day, everybody])), ColdBudgetSlotError);
      deepEqual(await held(store, day), [0n, 0n]);
      const [slot] = await store.coldSlots();
      if (slot === undefined) throw new Error('no cold slot');
      equal(slot.tenantId, undefined);
      const stale: ColdSlot = { generation: 'another' };
      notEqual(slot.generation, stale.generation);
      await store.join(stale, 'node-a', [reservation('x', dollar, [everybody])], []);
      await store.open(stale, new Map([['everybody', { cost: dollar }]]));
      deepEqual([await store.joined(stale), await held(store, everybody)], [[], [0n, 0n]]);
      await store.join(slot, 'node-a', [reservation('y', dollar, [day, everybody])], []);
      await store.open(slot, new Map([['everybody', { cost: 2n }]]));
      deepEqual(
        [await held(store, everybody), await held(store, day)],
        [
          [2n, dollar],
          [0n, 0n],
        ],
      );
    },
  },
  {
    name: 'adds to counters that were rebuilt what an attempt cost beyond what the ledger had assumed for it, once',
    async run(make) {
      const { store } = await make();
      const levels = [day, everybody];
      const late = { id: 'late', tenantId: 'acme', levels, cost: dollar, booked: 3n * dollar };
      for (let count = 0; count < 2; count++) await rejects(store.settle(late), ColdBudgetSlotError);
      deepEqual((await store.coldSlots()).length, 2);
      for (const slot of await store.coldSlots()) {
        const key = slot.tenantId === undefined ? 'everybody' : 'day';
        await store.open(slot, new Map([[key, { cost: 5n * dollar }]]));
      }
      for (let count = 0; count < 2; count++) await store.settle(late);
      deepEqual(
        [await held(store, day), await held(store, everybody)],
        [
          [3n * dollar, 0n],
          [3n * dollar, 0n],
        ],
      );
      // What counters know, they know better.
      await store.reserve(reservation('known', 4n * dollar, levels));
      await store.settle({ ...late, id: 'known' });
      await store.settle({ ...late, id: 'nano', cost: 1n, booked: dollar });
      deepEqual(await held(store, day), [3n * dollar + 1n, 0n]);
    },
  },
];
