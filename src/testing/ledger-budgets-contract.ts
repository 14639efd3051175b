import { deepEqual, rejects } from 'node:assert/strict';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, book, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const midnight = Date.UTC(2026, 10, 5);
const day = { key: 'tenant:a:day:20761', tenantId: 'a', resetsAt: midnight };
const ever = { key: 'tenant:a:ever', tenantId: 'a' };
const pot = { key: 'pot:month:682', resetsAt: Date.UTC(2026, 11, 1) };

const totals = async (store: LedgerStore, tenantId: string | undefined, now = start) =>
  Object.fromEntries([...(await store.budgetTotals(tenantId, now))].map(([key, { cost }]) => [key, cost]));

/** How attempts are booked on the budget levels that they are counted against. */
export const ledgerBudgetsContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'books each attempt of an ended completion once on each of its budget levels, however often it is written',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      const first = attempted(completion, 2, { budgets: [day, ever, pot] });
      const second = attempted(completion, 3, { budgets: [pot, ever, ever] });
      const free = attempted(completion, 4);
      for (let time = 0; time < 2; time++) {
        await store.openCompletion(completion);
        for (const attempt of time === 0 ? [first, second, free] : [first, second]) await store.openAttempt(attempt);
        for (const attempt of [first, second, free]) await store.settleAttempt(settled(attempt));
        if (time === 0) deepEqual([await totals(store, 'a'), await totals(store, undefined)], [{}, {}]);
        await store.closeCompletion(closed(completion));
        deepEqual(await totals(store, 'a'), { [day.key]: 7n, [ever.key]: 14n });
        deepEqual(await totals(store, undefined), { [pot.key]: 14n });
      }
    },
  },
  {
    name: 'tells budget levels apart by tenant, also where two tenants name them alike, and adds up completions',
    async run(make) {
      const store = await make();
      const alike = { key: 'day', resetsAt: midnight };
      await book(store, 1, start, {}, { budgets: [{ ...alike, tenantId: 'a' }] });
      await book(store, 2, start, { tenantId: 'b' }, { budgets: [{ ...alike, tenantId: 'b' }, alike] });
      await book(store, 4, start, { tenantId: 'b' }, { budgets: [alike, { ...alike, tenantId: 'b' }] });
      await book(store, 8, start, { tenantId: 'b' });
      deepEqual(
        [await totals(store, 'a'), await totals(store, 'b'), await totals(store, undefined), await totals(store, 'c')],
        [{ day: 1n }, { day: 6n }, { day: 6n }, {}],
      );
    },
  },
  {
    name: 'tells a budget level until two days after its window, for whoever asks by a clock that is ahead, and not for ever',
    async run(make) {
      const store = await make();
      const soon = { key: 'tenant:a:soon', tenantId: 'a', resetsAt: midnight + 86_400_000 };
      await book(store, 1, start, {}, { budgets: [day, soon, ever] });
      const all = { [day.key]: 1n, [soon.key]: 1n, [ever.key]: 1n };
      for (const now of [start, midnight, midnight + 2 * 86_400_000 - 1]) deepEqual(await totals(store, 'a', now), all);
      const { resetsAt } = soon;
      deepEqual(
        await store.budgetTotals('a', midnight + 2 * 86_400_000),
        new Map([
          [soon.key, { cost: 1n, resetsAt }],
          [ever.key, { cost: 1n }],
        ]),
      );
      const later = await totals(store, 'a', midnight + 2 * 86_400_000);
      deepEqual(later, { [soon.key]: 1n, [ever.key]: 1n });
    },
  },
  {
    name: 'books what a dead process left open on its budget levels, and corrects it there once it is settled',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      const [lost, done] = [2, 3].map(serial => attempted(completion, serial, { budgets: [day, pot] }));
      if (lost === undefined || done === undefined) return;
      await store.openCompletion(completion);
      for (const attempt of [lost, done]) await store.openAttempt(attempt);
      await store.settleAttempt(settled(done));
      for (let time = 0; time < 2; time++) {
        await store.recover(start + 60_000);
        deepEqual(
          [await totals(store, 'a'), await totals(store, undefined)],
          [{ [day.key]: 1007n }, { [pot.key]: 1007n }],
        );
      }
      for (const cost of [2000n, 1n]) await store.settleAttempt(settled(lost, { usage: usage(1, cost) }));
      deepEqual(
        [await totals(store, 'a'), await totals(store, undefined)],
        [{ [day.key]: 2007n }, { [pot.key]: 2007n }],
      );
    },
  },
  {
    name: 'books nothing on budget levels where the completion could not be booked, and keeps what it had',
    async run(make) {
      const store = await make();
      await book(store, 5, start, {}, { budgets: [ever] });
      const completion = opened(idAt(start, 1), start);
      await store.openCompletion(completion);
      for (const serial of [2, 3]) {
        const attempt = attempted(completion, serial, { budgets: [ever] });
        await store.openAttempt(attempt);
        await store.settleAttempt(settled(attempt, { usage: usage(1, 8_999_999_999_999_999_999n) }));
      }
      await rejects(store.closeCompletion(closed(completion)), { code: 'STORE_UNAVAILABLE' });
      deepEqual(await totals(store, 'a'), { [ever.key]: 5n });
    },
  },
];
