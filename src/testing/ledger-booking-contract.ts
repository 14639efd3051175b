import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { LedgerStore, UsageInterval, UsageTotals } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const billionDollars = 1_000_000_000n * 1_000_000_000n;

async function totals(store: LedgerStore, interval: UsageInterval = 'HOUR'): Promise<UsageTotals> {
  const report = await store.usage({
    filter: {},
    groupBy: [],
    groupByLabels: [],
    interval,
    orderBy: 'COST',
    first: 10,
  });
  return report.total;
}

/** The roll-ups and the entries themselves must tell the same. */
async function booked(store: LedgerStore): Promise<readonly [requests: number, tokens: number, cost: bigint]> {
  const byHour = await totals(store);
  deepEqual(await totals(store, 'MINUTE'), byHour);
  return [byHour.requests, byHour.inputTokens, byHour.cost];
}

/** How completions and attempts are written. */
export const ledgerBookingContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'books a completion once with all its attempts, however often each entry is written',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      const attempts = [attempted(completion, 2, { endpointId: 'x@one', providerId: 'one' }), attempted(completion, 3)];
      for (let time = 0; time < 2; time++) {
        await store.openCompletion(completion);
        for (const attempt of attempts) await store.openAttempt(attempt);
        for (const attempt of attempts) await store.settleAttempt(settled(attempt));
        if (time === 1) break;
        for (const attempt of attempts) await store.settleAttempt(settled(attempt, { usage: usage(999, 999n) }));
        await store.closeCompletion(closed(completion));
        await store
          .closeCompletion(closed(completion, { status: 'FAILED' }))
          .then(() => store.closeCompletion(closed(completion)));
        deepEqual(await booked(store), [1, 10, 14n]);
        attempts.length = 0;
      }
      deepEqual(await booked(store), [1, 10, 14n]);
      equal((await store.completions([completion.id]))[0]?.status, 'FINISHED');
    },
  },
  {
    name: 'counts nothing that still runs',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      await Promise.all([store.openCompletion(completion), store.openAttempt(attempted(completion, 2))]);
      deepEqual(await booked(store), [0, 0, 0n]);
      const [found] = await store.completions([completion.id]);
      deepEqual([found?.status, found?.attempts, found?.usage.cost], ['RUNNING', [], 0n]);
    },
  },
  {
    name: 'refuses an attempt of no running completion, and to settle or close what was never opened',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      const attempt = attempted(completion, 2);
      await rejects(store.openAttempt(attempt), { code: 'CONFLICT' });
      await rejects(store.settleAttempt(settled(attempt)), { code: 'CONFLICT' });
      await rejects(store.closeCompletion(closed(completion)), { code: 'CONFLICT' });
      await store.openCompletion(completion);
      await store.closeCompletion(closed(completion));
      await rejects(store.openAttempt(attempt), { code: 'CONFLICT' });
    },
  },
  {
    name: 'books an attempt left open at the close as assumed, and corrects it once when it is settled late',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      const attempt = attempted(completion, 2);
      await store.openCompletion(completion);
      await store.openAttempt(attempt);
      await store.closeCompletion(closed(completion, { status: 'CANCELLED' }));
      deepEqual(await booked(store), [1, 100, 1000n]);
      await store.settleAttempt(settled(attempt, { outcome: 'CANCELLED' }));
      deepEqual(await booked(store), [1, 5, 7n]);
      await store.settleAttempt(settled(attempt, { usage: usage(50, 50n) }));
      deepEqual(await booked(store), [1, 5, 7n]);
      const [found] = await store.completions([completion.id]);
      deepEqual([found?.attempts[0]?.outcome, found?.usage], ['CANCELLED', usage(5, 7n)]);
    },
  },
  {
    name: 'recovers what a dead process left open: each attempt once, at what was assumed',
    async run(make) {
      const store = await make();
      const [cut, untried, whole] = [1, 2, 3].map(serial => opened(idAt(start, serial), start));
      if (cut === undefined || untried === undefined || whole === undefined) return;
      for (const completion of [cut, untried, whole]) await store.openCompletion(completion);
      const [first, second] = [attempted(cut, 11), attempted(cut, 12)];
      for (const attempt of [first, second, attempted(whole, 13)]) await store.openAttempt(attempt);
      await store.settleAttempt(settled(first, { outcome: 'FAILED' }));
      await store.settleAttempt(settled(attempted(whole, 13)));
      await store.closeCompletion(closed(whole));
      equal(await store.recover(start + 60_000), 1);
      equal(await store.recover(start + 90_000), 0);
      deepEqual(await booked(store), [3, 110, 1014n]);
      const found = await store.completions([cut.id, untried.id, whole.id]);
      deepEqual(
        found.map(completion => completion?.status),
        ['INCOMPLETE', 'FAILED', 'FINISHED'],
      );
      deepEqual(
        found[0]?.attempts.map(({ outcome, usage: { cost, estimated } }) => [outcome, cost, estimated]),
        [
          ['FAILED', 7n, false],
          ['UNKNOWN', 1000n, true],
        ],
      );
    },
  },
  {
    name: 'is exact to the nano-dollar up to a billion dollars, one by one and in sum',
    async run(make) {
      const store = await make();
      for (const [index, cost] of [billionDollars - 1n, 1n, 9_007_199_254_740_993n].entries()) {
        const completion = opened(idAt(start, index), start);
        await store.openCompletion(completion);
        const attempt = attempted(completion, 100 + index);
        await store.openAttempt(attempt);
        await store.settleAttempt(settled(attempt, { usage: usage(1, cost), providerCost: cost }));
        await store.closeCompletion(closed(completion));
        equal((await store.completions([completion.id]))[0]?.usage.cost, cost);
      }
      deepEqual(await booked(store), [3, 3, billionDollars + 9_007_199_254_740_993n]);
    },
  },
  {
    name: 'refuses a cost below nothing or beyond its range, and a sum that leaves it, and keeps what it had',
    async run(make) {
      const store = await make();
      const completion = opened(idAt(start, 1), start);
      await store.openCompletion(completion);
      const [one, two] = [attempted(completion, 2), attempted(completion, 3)];
      for (const cost of [-1n, 1n << 63n, 1n << 80n]) {
        const attempt = attempted(completion, 4, { assumedOnCrash: usage(1, cost) });
        await rejects(store.openAttempt(attempt), { code: 'STORE_UNAVAILABLE' });
      }
      for (const attempt of [one, two]) {
        await store.openAttempt(attempt);
        await store.settleAttempt(settled(attempt, { usage: usage(1, 8_999_999_999_999_999_999n) }));
      }
      await rejects(store.closeCompletion(closed(completion)), { code: 'STORE_UNAVAILABLE' });
      equal((await store.completions([completion.id]))[0]?.status, 'RUNNING');
      equal((await totals(store)).requests, 0);
    },
  },
];
