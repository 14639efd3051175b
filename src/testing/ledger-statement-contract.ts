import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { LedgerStore, StatementSpan } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, book, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const first = Date.UTC(2026, 10, 1);
const next = Date.UTC(2026, 11, 1);
const november: StatementSpan = { from: first, to: next };

async function lines(store: LedgerStore, span = november, pageSize = 100) {
  const found: unknown[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await store.statementLines(span, { first: pageSize, ...(after === undefined ? {} : { after }) });
    for (const { node } of page.entries) {
      const { projectId, providerId, modelId, usage: used } = node;
      found.push([projectId, providerId, modelId, used.requests, used.cost]);
    }
    after = page.entries.at(-1)?.cursor;
    if (!page.hasNextPage) return found;
  }
}

/** How bills, and the cost of single completions, are read. */
export const ledgerStatementContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'bills a month by project, provider and model, from its first instant to its last',
    async run(make) {
      const store = await make();
      const b1 = { tenantId: 'b', projectId: 'b1', projectPath: ['b1', 'b'] };
      await book(store, 1, first - 1);
      await book(store, 2, first);
      await book(store, 4, next - 1, { user: 'u' });
      await book(store, 8, next - 1, b1);
      await book(store, 16, first, {}, { providerId: 'other' });
      await book(store, 32, first, b1, { modelId: 'author/zwei' });
      await book(store, 64, next);
      const all = [
        ['a', 'other', 'author/model', 1, 16n],
        ['a', 'provider', 'author/model', 2, 6n],
        ['b1', 'provider', 'author/model', 1, 8n],
        ['b1', 'provider', 'author/zwei', 1, 32n],
      ];
      for (const pageSize of [1, 3, 4, 10_000]) deepEqual(await lines(store, november, pageSize), all);
      deepEqual(await lines(store, { ...november, projectIds: ['b'] }), all.slice(2));
      deepEqual(await lines(store, { ...november, projectIds: [] }), []);
      deepEqual(await lines(store, { from: next, to: next + 86_400_000 }), [['a', 'provider', 'author/model', 1, 64n]]);
    },
  },
  {
    name: 'leaves out of a bill what no provider was tried for, and has corrections in it',
    async run(make) {
      const store = await make();
      const refused = opened(idAt(first, 1), first);
      await store.openCompletion(refused);
      await store.closeCompletion(closed(refused, { status: 'REFUSED' }));
      deepEqual(await lines(store), []);
      const cut = opened(idAt(first, 2), first);
      const attempt = attempted(cut, 3);
      await store.openCompletion(cut);
      await store.openAttempt(attempt);
      await store.recover(first + 1000);
      deepEqual(await lines(store), [['a', 'provider', 'author/model', 1, 1000n]]);
      await store.settleAttempt(settled(attempt, { usage: usage(3, 30n) }));
      deepEqual(await lines(store), [['a', 'provider', 'author/model', 1, 30n]]);
    },
  },
  {
    name: 'refuses pages outside 1 to 10,000, cursors of other lists, and spans that cut a day',
    async run(make) {
      const store = await make();
      for (const size of [0, 10_001, 1.5]) {
        await rejects(store.statementLines(november, { first: size }), { code: 'BAD_USER_INPUT' });
      }
      await rejects(store.statementLines(november, { first: 1, after: 'x' }), { code: 'BAD_USER_INPUT' });
      await rejects(store.statementLines({ ...november, from: first + 1 }, { first: 1 }), TypeError);
    },
  },
  {
    name: 'tells what single completions cost, with all their attempts and corrections',
    async run(make) {
      const store = await make();
      const plain = await book(store, 7, first);
      const other = opened(idAt(first, 2), first);
      const [done, lost] = [attempted(other, 3), attempted(other, 4)];
      await store.openCompletion(other);
      for (const attempt of [done, lost]) await store.openAttempt(attempt);
      await store.settleAttempt(settled(done, { usage: usage(1, 5n) }));
      await store.closeCompletion(closed(other));
      const untried = opened(idAt(first, 5), first);
      await store.openCompletion(untried);
      await store.closeCompletion(closed(untried, { status: 'REFUSED' }));
      const all = [plain, other, untried];
      deepEqual(
        await store.costs(all),
        new Map([
          [plain.id, 7n],
          [other.id, 1005n],
        ]),
      );
      await store.settleAttempt(settled(lost, { usage: usage(1, 6n) }));
      equal((await store.costs([other])).get(other.id), 11n);
      deepEqual(await store.costs([]), new Map());
    },
  },
];
