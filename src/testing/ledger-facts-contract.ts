import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { ClosedCompletion, LedgerStore, OpenedAttempt, OpenedCompletion } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, closed, idAt, opened, settled } from './ledger-entries.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);

async function book(
  store: LedgerStore,
  serial: number,
  facts: Partial<OpenedCompletion> = {},
  tried: Partial<OpenedAttempt> = {},
  end: Partial<ClosedCompletion> = {},
): Promise<OpenedCompletion> {
  const completion = opened(idAt(start + serial, serial), start + serial, facts);
  const attempt = attempted(completion, 1_000_000 + serial, tried);
  await Promise.all([
    store.openCompletion(completion),
    store.openAttempt(attempt),
    store.settleAttempt(settled(attempt)),
    store.closeCompletion(closed(completion, { endpointId: attempt.endpointId, ...end })),
  ]);
  return completion;
}

const usage = async (store: LedgerStore) =>
  (await store.usage({ filter: {}, groupBy: [], groupByLabels: [], interval: 'HOUR', orderBy: 'COST', first: 1 }))
    .total;

/** How the facts of completions are kept, read again and purged. */
export const ledgerFactsContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'gives a receipt back as it was written, and none where there was none',
    async run(make) {
      const store = await make();
      const signed = await book(store, 1, {}, {}, { receipt: 'a.b.c' });
      const unsigned = await book(store, 2);
      const found = await store.completions([signed.id, unsigned.id]);
      deepEqual(
        found.map(completion => completion?.receipt),
        ['a.b.c', undefined],
      );
    },
  },
  {
    name: 'counts and returns the facts of what has ended, newest first, page by page, under every member of a filter',
    async run(make) {
      const store = await make();
      const one = await book(store, 1, { user: 'ann', apiKeyId: 'key', workload: 'search' });
      const two = await book(store, 2, { tenantId: 'b', projectId: 'b1', projectPath: ['b1', 'b'] });
      const three = await book(store, 3, {}, { providerId: 'other', modelId: 'x/y', endpointId: 'x/y@other' });
      await store.openCompletion(opened(idAt(start, 9), start));
      const read = async (filter: Parameters<LedgerStore['countRequests']>[0]) => {
        const { entries } = await store.recordedRequests(filter, 1, { first: 500 });
        equal(await store.countRequests(filter), entries.length, JSON.stringify(filter));
        return entries.map(({ node }) => node.id);
      };
      deepEqual(await read({}), [three.id, two.id, one.id]);
      deepEqual(await read({ projectIds: ['b'] }), [two.id]);
      deepEqual(await read({ projectIds: [] }), []);
      deepEqual(await read({ users: ['ann'], apiKeyIds: ['key'], workloads: ['search'] }), [one.id]);
      deepEqual(await read({ modelIds: ['x/y'] }), [three.id]);
      deepEqual(await read({ providerIds: ['provider'], modelIds: ['x/y'] }), []);
      deepEqual(await read({ from: start + 2, to: start + 3 }), [two.id]);
      const first = await store.recordedRequests({}, 1, { first: 2 });
      const rest = await store.recordedRequests({}, 1, { first: 2, after: first.entries[1]?.cursor ?? '' });
      deepEqual(
        [first.hasNextPage, rest.entries.map(({ node }) => node.id), rest.hasNextPage],
        [true, [one.id], false],
      );
      deepEqual(rest.entries[0]?.node, {
        id: one.id,
        createdAt: start + 1,
        tenantId: 'a',
        projectId: 'a',
        projectPath: ['a'],
        apiKeyId: 'key',
        user: 'ann',
        workload: 'search',
        inputModalities: ['TEXT'],
        estimatedInputTokens: 10,
        maxOutputTokens: 100,
        status: 'FINISHED',
        endpointId: 'author/model@provider',
      });
      await rejects(store.recordedRequests({}, 1, { first: 2, after: 'x' }), { code: 'BAD_USER_INPUT' });
      await rejects(store.recordedRequests({}, 1, { first: 501 }), { code: 'BAD_USER_INPUT' });
    },
  },
  {
    name: 'chooses a sample by the random part of the id, the same ones each time',
    async run(make) {
      const store = await make();
      // The last four digits of these ids spread evenly over all that they can be.
      for (let index = 0; index < 64; index += 1) await book(store, index * 1024);
      const sample = async (oneOf: number) =>
        (await store.recordedRequests({}, oneOf, { first: 500 })).entries.map(({ node }) => node.id);
      const quarter = await sample(4);
      equal(quarter.length, 16);
      deepEqual(await sample(4), quarter);
      equal((await sample(1)).length, 64);
      equal((await sample(1_000_000)).length, 1);
    },
  },
  {
    name: 'purges facts whose time has passed with their attempts and corrections, and leaves usage as it was',
    async run(make) {
      const store = await make();
      const due = await book(store, 1, { factsUntil: start + 100 });
      const corrected = opened(idAt(start, 2), start, { factsUntil: start + 100 });
      const late = attempted(corrected, 3);
      await store.openCompletion(corrected);
      await store.openAttempt(late);
      await store.closeCompletion(closed(corrected, { status: 'CANCELLED' }));
      await store.settleAttempt(settled(late));
      const later = await book(store, 4, { factsUntil: start + 101 });
      const forever = await book(store, 5);
      const running = opened(idAt(start, 6), start, { factsUntil: start + 1 });
      await store.openCompletion(running);
      const before = await usage(store);
      equal(await store.purgeFacts(start + 99), 0);
      equal(await store.purgeFacts(start + 100), 2);
      equal(await store.purgeFacts(start + 100), 0);
      const ids = [due, corrected, later, forever, running].map(({ id }) => id);
      deepEqual(
        (await store.completions(ids)).map(completion => completion?.status),
        [undefined, undefined, 'FINISHED', 'FINISHED', 'RUNNING'],
      );
      deepEqual(await usage(store), before);
      equal(await store.countRequests({}), 2);
    },
  },
];
