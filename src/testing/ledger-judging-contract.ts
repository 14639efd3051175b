import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { book } from './ledger-entries.ts';

/** What every LedgerStore promises to who judges recorded requests, and to who purges them. */
export const ledgerJudgingContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'hands back the facts of ended completions to be judged anew, all or a sample, and purges those past their time',
    async run(make) {
      const store = await make();
      const filter = { from: 0, to: 10_000_000 };
      for (let serial = 1; serial <= 40; serial += 1) {
        await book(store, serial, 1_000 + serial, serial <= 10 ? { factsUntil: 5_000 } : {});
      }
      equal(await store.countRequests(filter), 40);
      const all = await store.recordedRequests(filter, 1, { first: 30 });
      deepEqual([all.entries.length, all.hasNextPage], [30, true]);
      const rest = await store.recordedRequests(filter, 1, { first: 30, after: all.entries.at(-1)?.cursor ?? '' });
      deepEqual([rest.entries.length, rest.hasNextPage], [10, false]);
      equal(new Set([...all.entries, ...rest.entries].map(({ node }) => node.id)).size, 40);
      ok(all.entries.every(({ node }) => node.estimatedInputTokens >= 0 && node.status === 'FINISHED'));
      const sample = await store.recordedRequests(filter, 65_536, { first: 500 });
      ok(sample.entries.length < 40);
      equal(await store.purgeFacts(4_999), 0);
      equal(await store.purgeFacts(5_000), 10);
      equal(await store.countRequests(filter), 30);
      equal(
        (await store.usage({ filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 })).total.requests,
        40,
      );
    },
  },
];
