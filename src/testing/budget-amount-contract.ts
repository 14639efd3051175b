import { deepEqual, equal, rejects } from 'node:assert/strict';
import { ColdBudgetSlotError } from '../errors.ts';
import {
  type BudgetStoreSubject,
  billion,
  day,
  dollar,
  everybody,
  held,
  level,
  month,
  openAll,
  reservation,
} from './budget-subject.ts';
import type { ContractCase } from './contract.ts';

/** What every BudgetStore promises of money. */
export const budgetAmountContract: readonly ContractCase<BudgetStoreSubject>[] = [
  {
    name: 'admits what fits every level, and holds nothing anywhere where it does not fit one',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day, everybody]);
      const levels = [day, month];
      deepEqual(await store.reserve(reservation('a', 7n * dollar, levels)), { isReserved: true, crossed: [] });
      const refused = await store.reserve(reservation('b', 4n * dollar, [month, day]));
      deepEqual(refused, {
        isReserved: false,
        refusedBy: 'day',
        remaining: 3n * dollar,
        crossed: [{ key: 'day', threshold: 100 }],
      });
      deepEqual(await store.states(levels), [
        { spent: 0n, reserved: 7n * dollar },
        { spent: 0n, reserved: 7n * dollar },
      ]);
      equal((await store.reserve(reservation('c', 3n * dollar, levels))).isReserved, true);
    },
  },
  {
    name: 'counts what is monitored, tells its thresholds, and refuses nothing for it',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      const watched = { ...level('watched', dollar), isMonitored: true };
      const result = await store.reserve(reservation('a', 5n * dollar, [watched, day]));
      deepEqual(result, { isReserved: true, crossed: [] });
      const settlement = { id: 'a', tenantId: 'acme', levels: [watched, day], cost: 2n * dollar };
      deepEqual(await store.settle(settlement), [
        { key: 'watched', threshold: 80 },
        { key: 'watched', threshold: 100 },
      ]);
      deepEqual(await held(store, watched), [2n * dollar, 0n]);
      equal((await store.reserve(reservation('b', 9n * dollar, [watched, day]))).isReserved, false);
    },
  },
  {
    name: 'settles at the true cost once, however often it is told',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      await store.reserve(reservation('a', 5n * dollar, [day]));
      for (let count = 0; count < 3; count++) {
        deepEqual(await store.settle({ id: 'a', tenantId: 'acme', levels: [day], cost: 2n * dollar }), []);
      }
      deepEqual(await held(store, day), [2n * dollar, 0n]);
      equal((await store.reserve(reservation('a', 5n * dollar, [day]))).isReserved, true);
      deepEqual(await held(store, day), [2n * dollar, 0n]);
    },
  },
  {
    name: 'holds once for an id, and answers as the first time',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      for (let count = 0; count < 3; count++) {
        equal((await store.reserve(reservation('a', 6n * dollar, [day]))).isReserved, true);
      }
      deepEqual(await held(store, day), [0n, 6n * dollar]);
    },
  },
  {
    name: 'charges an unknown id, and holds nothing when its reservation comes late',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      await store.settle({ id: 'late', tenantId: 'acme', levels: [day], cost: 0n });
      await store.settle({ id: 'lost', tenantId: 'acme', levels: [day], cost: 3n * dollar });
      const late = await store.reserve(reservation('late', dollar, [day]));
      equal(late.isReserved, false);
      deepEqual(await held(store, day), [3n * dollar, 0n]);
    },
  },
  {
    name: 'holds across tenants too, and gives that back where the tenant refuses',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day, everybody, level('other', billion, 'other')]);
      const other = level('other', 1n * dollar, 'other');
      equal((await store.reserve(reservation('a', 8n * dollar, [day, everybody]))).isReserved, true);
      const refused = await store.reserve(reservation('b', 2n * dollar, [everybody, other], 'other'));
      equal(refused.isReserved ? '' : refused.refusedBy, 'other');
      deepEqual(await held(store, everybody), [0n, 8n * dollar]);
      const beyond = await store.reserve(reservation('c', 5n * dollar, [other, everybody], 'other'));
      equal(beyond.isReserved ? '' : beyond.refusedBy, 'everybody');
      await store.settle({ id: 'a', tenantId: 'acme', levels: [day, everybody], cost: 1n });
      deepEqual(
        [await held(store, everybody), await held(store, day)],
        [
          [1n, 0n],
          [1n, 0n],
        ],
      );
    },
  },
  {
    name: 'holds across tenants when an id comes again that the tenant refused, or whose counters were cold',
    async run(make) {
      const { store } = await make();
      await openAll(store, [everybody]);
      const refusing = level('new', dollar, 'new');
      const attempt = (limit: bigint) => reservation('a', 2n * dollar, [everybody, { ...refusing, limit }], 'new');
      await rejects(async () => store.reserve(attempt(dollar)), ColdBudgetSlotError);
      deepEqual(await held(store, everybody), [0n, 0n]);
      await openAll(store, [refusing]);
      equal((await store.reserve(attempt(dollar))).isReserved, false);
      deepEqual(await held(store, everybody), [0n, 0n]);
      equal((await store.reserve(attempt(5n * dollar))).isReserved, true);
      deepEqual(await held(store, everybody), [0n, 2n * dollar]);
      await store.settle({ id: 'a', tenantId: 'new', levels: attempt(5n * dollar).levels, cost: dollar });
      deepEqual(
        [await held(store, everybody), await held(store, refusing)],
        [
          [dollar, 0n],
          [dollar, 0n],
        ],
      );
    },
  },
  {
    name: 'keeps tenants apart who use the same keys and ids',
    async run(make) {
      const { store } = await make();
      const names = ['*', 'a', 'A', 'a}{b', 't:a', ''];
      const levels = names.map(name => level('day', 10n * dollar, name === '' ? 'empty' : name));
      await openAll(store, [...levels, level('day', 10n * dollar, '')]);
      let amount = 1n;
      for (const each of levels) await store.reserve(reservation('same', amount++, [each], each.tenantId));
      deepEqual(
        await Promise.all(levels.map(each => held(store, each))),
        levels.map((_, index) => [0n, BigInt(index + 1)]),
      );
    },
  },
  {
    name: 'is exact to the nano up to a billion dollars',
    async run(make) {
      const { store } = await make();
      const large = level('large', billion);
      await openAll(store, [large]);
      equal((await store.reserve(reservation('a', billion - 1n, [large]))).isReserved, true);
      const refused = await store.reserve(reservation('b', 2n, [large]));
      deepEqual(refused.isReserved ? undefined : refused.remaining, 1n);
      equal((await store.reserve(reservation('c', 1n, [large]))).isReserved, true);
      equal((await store.reserve(reservation('d', 1n, [large]))).isReserved, false);
      equal((await store.reserve(reservation('e', 0n, [large]))).isReserved, true);
      await store.settle({ id: 'a', tenantId: 'acme', levels: [large], cost: billion - 7n });
      deepEqual(await held(store, large), [billion - 7n, 1n]);
    },
  },
  {
    name: 'judges by the limit that comes with the request',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      await store.reserve(reservation('a', 5n * dollar, [day]));
      const lowered = await store.reserve(reservation('b', 1n, [{ ...day, limit: 3n * dollar }]));
      deepEqual(lowered.isReserved ? undefined : lowered.remaining, 0n);
      equal((await store.reserve(reservation('b', 50n * dollar, [{ ...day, limit: 60n * dollar }]))).isReserved, true);
    },
  },
  {
    name: 'tells each threshold once, and again when the limit was raised and is reached again',
    async run(make) {
      const { store } = await make();
      await openAll(store, [day]);
      const spend = (id: string, cost: bigint, limit = day.limit) =>
        store.settle({ id, tenantId: 'acme', levels: [{ ...day, limit }], cost });
      deepEqual(await spend('a', 8n * dollar - 1n), []);
      deepEqual(await spend('b', 1n), [{ key: 'day', threshold: 80 }]);
      deepEqual(await spend('b', 1n), [{ key: 'day', threshold: 80 }]);
      deepEqual(await spend('c', 1n), []);
      deepEqual(await spend('d', 2n * dollar), [{ key: 'day', threshold: 100 }]);
      const refused = await store.reserve(reservation('e', 1n, [day]));
      deepEqual([refused.isReserved, refused.crossed], [false, []]);
      deepEqual(await spend('f', 1n, 12n * dollar), [{ key: 'day', threshold: 80 }]);
      deepEqual(await spend('g', 1n, 5n * dollar), []);
    },
  },
  {
    name: 'refuses amounts, keys and tenants that make no sense',
    async run(make) {
      const { store } = await make();
      const wrong = [
        reservation('a', -1n, [day]),
        reservation('a', billion + 1n, [day]),
        reservation('a', 1n, [level('a b', dollar)]),
        reservation('a', 1n, [level('a{b', dollar)]),
        reservation('a', 1n, [level('x'.repeat(401), dollar)]),
        reservation('a', 1n, [day, day]),
        reservation('a', 1n, [level('day', -1n)]),
        reservation('a', 1n, [level('day', 1001n * billion)]),
        reservation('a', 1n, [{ ...day, resetsAt: 0.5 }]),
        reservation('a', 1n, [level('day', dollar, 'other')]),
      ];
      for (const each of wrong) await rejects(store.reserve(each), TypeError);
      await rejects(store.settle({ id: 'a', tenantId: 'acme', levels: [day], cost: -1n }), TypeError);
    },
  },
];
