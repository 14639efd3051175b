import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const later = start + 60_000;
const level = { key: 'tenant:a:ever', tenantId: 'a' };

/** Requests, cost and the cost on the budget level; reports by hour and by minute must agree. */
async function booked(store: LedgerStore): Promise<readonly [number, bigint, bigint | undefined]> {
  const query = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
  const [hours, minutes] = [
    await store.usage({ ...query, interval: 'HOUR' }),
    await store.usage({ ...query, interval: 'MINUTE' }),
  ];
  deepEqual(minutes.total, hours.total);
  return [hours.total.requests, hours.total.cost, (await store.budgetTotals('a', start)).get(level.key)?.cost];
}

async function found(store: LedgerStore, id: string) {
  const [completion] = await store.completions([id]);
  return [completion?.status, completion?.attempts.map(({ outcome, usage: { cost } }) => [outcome, cost])];
}

function lost(serial = 1) {
  const completion = opened(idAt(start, serial), start, { labels: [{ name: 'team', value: 'x' }] });
  return { completion, attempt: attempted(completion, serial + 100, { budgets: [level] }) };
}

/** How the attempts of nodes that are gone are booked from facts that were kept elsewhere. */
export const ledgerAdoptingContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'books an adopted attempt as assumed and ends its completion, once, where neither was recorded',
    async run(make) {
      const store = await make();
      const { completion, attempt } = lost();
      for (const at of [later, later + 1]) {
        equal(await store.adoptAttempt(completion, attempt, at), 1000n);
        deepEqual(await booked(store), [1, 1000n, 1000n]);
        deepEqual(await found(store, completion.id), ['INCOMPLETE', [['UNKNOWN', 1000n]]]);
      }
      equal(await store.recover(later), 0);
      const [read] = await store.completions([completion.id]);
      deepEqual([read?.finishedAt, read?.usage.estimated, read?.error?.code], [later, true, 'STREAM_CUT']);
      const filter = { labels: completion.labels, projectIds: ['a'] };
      equal((await store.listCompletions(filter, { first: 1 })).entries.length, 1);
    },
  },
  {
    name: 'changes nothing by adopting an attempt that is recorded, and tells what it is booked at',
    async run(make) {
      const store = await make();
      const running = lost(1);
      const done = lost(2);
      await store.openCompletion(running.completion);
      await store.openAttempt(running.attempt);
      equal(await store.adoptAttempt(running.completion, running.attempt, later), 1000n);
      deepEqual(await found(store, running.completion.id), ['RUNNING', []]);
      await store.openCompletion(done.completion);
      await store.openAttempt(done.attempt);
      await store.settleAttempt(settled(done.attempt));
      equal(await store.adoptAttempt(done.completion, done.attempt, later), 7n);
      await store.closeCompletion(closed(done.completion));
      equal(await store.adoptAttempt(done.completion, done.attempt, later), 7n);
      deepEqual(await found(store, done.completion.id), ['FINISHED', [['SUCCEEDED', 7n]]]);
      deepEqual(await booked(store), [1, 7n, 7n]);
    },
  },
  {
    name: 'takes what the node itself wrote of an adopted attempt as one correction, when it comes back',
    async run(make) {
      const store = await make();
      const { completion, attempt } = lost();
      await store.adoptAttempt(completion, attempt, later);
      for (const cost of [40n, 50n]) {
        await store.openCompletion(completion);
        await store.openAttempt(attempt);
        await store.settleAttempt(settled(attempt, { usage: usage(4, cost) }));
        await store.closeCompletion(closed(completion));
        deepEqual(await booked(store), [1, 40n, 40n]);
        const [status, attempts] = await found(store, completion.id);
        deepEqual(attempts, [['SUCCEEDED', 40n]]);
        // What its own node journalled replaces how another one ended it.
        ok(status === 'INCOMPLETE' || status === 'FINISHED');
        equal(await store.adoptAttempt(completion, attempt, later), 40n);
      }
    },
  },
  {
    name: 'ends a running completion with an adopted attempt, what else it left open with it',
    async run(make) {
      const store = await make();
      const { completion, attempt } = lost();
      await store.openCompletion(completion);
      await store.openAttempt(attempted(completion, 50));
      equal(await store.adoptAttempt(completion, attempt, later), 1000n);
      deepEqual(await booked(store), [1, 2000n, 1000n]);
      deepEqual((await found(store, completion.id))[0], 'INCOMPLETE');
    },
  },
  {
    name: 'adds an adopted attempt to a completion that has ended, without counting the request again',
    async run(make) {
      const store = await make();
      const { completion, attempt } = lost();
      const second = attempted(completion, 102, { budgets: [level], modelId: 'other/model' });
      await store.openCompletion(completion);
      await store.closeCompletion(closed(completion, { status: 'FAILED' }));
      for (const each of [attempt, second, attempt]) equal(await store.adoptAttempt(completion, each, later), 1000n);
      deepEqual(await booked(store), [1, 2000n, 2000n]);
      deepEqual((await found(store, completion.id))[0], 'FAILED');
      await store.settleAttempt(settled(second));
      deepEqual(await booked(store), [1, 1007n, 1007n]);
    },
  },
  {
    name: 'refuses to adopt an attempt with the facts of another completion',
    async run(make) {
      const store = await make();
      await rejects(store.adoptAttempt(lost(1).completion, lost(2).attempt, later), TypeError);
      deepEqual(await booked(store), [0, 0n, undefined]);
    },
  },
];
