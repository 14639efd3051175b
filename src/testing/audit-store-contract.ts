import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import type { AuditAct, AuditEntry } from '../model/audit.ts';
import { firstPreviousHash, hashAuditEntry } from '../stores/audit-hash.ts';
import type { AuditStore } from '../stores/audit-store.ts';
import type { ContractCase } from './contract.ts';

const act = (target: string, tenantId?: string): AuditAct => ({
  actor: 'api-key:k',
  action: 'content.read',
  target,
  change: { b: [1, { d: null, c: 'é' }], a: true },
  ...(tenantId === undefined ? {} : { tenantId }),
});

async function all(store: AuditStore): Promise<readonly AuditEntry[]> {
  const { entries } = await store.listEntries(undefined, { first: 500 });
  return entries.map(({ node }) => node).reverse();
}

/** What every AuditStore promises. */
export const auditStoreContract: readonly ContractCase<AuditStore>[] = [
  {
    name: 'begins with nothing, and says so',
    async run(make) {
      const store = await make();
      deepEqual(await store.head(), { number: 0, hash: firstPreviousHash });
      deepEqual(await store.listEntries(undefined, { first: 1 }), { entries: [], hasNextPage: false });
    },
  },
  {
    name: 'chains every entry to the one before it, also those that are written at once',
    async run(make) {
      const store = await make();
      await store.append([act('one'), act('two')]);
      await Promise.all(Array.from({ length: 20 }, (_, index) => store.append([act(`at once ${index}`)])));
      const entries = await all(store);
      equal(entries.length, 22);
      let previousHash = firstPreviousHash;
      for (const [index, entry] of entries.entries()) {
        equal(entry.number, index + 1);
        equal(entry.previousHash, previousHash);
        equal(entry.hash, hashAuditEntry(entry));
        previousHash = entry.hash;
      }
      deepEqual(await store.head(), { number: 22, hash: previousHash });
    },
  },
  {
    name: 'covers with the hash whatever an entry says',
    async run(make) {
      const store = await make();
      await store.append([act('one', 'a')]);
      const [entry] = await all(store);
      if (entry === undefined) throw new TypeError('nothing was appended');
      const changes: readonly Partial<AuditEntry>[] = [
        { actor: 'x' },
        { action: 'x' },
        { target: 'x' },
        { at: entry.at + 1 },
        { id: 'x' },
        { previousHash: 'x' },
        { change: { ...entry.change, a: false } },
      ];
      for (const change of changes) notEqual(hashAuditEntry({ ...entry, ...change }), entry.hash);
      equal(hashAuditEntry({ ...entry, change: { a: true, b: [1, { c: 'é', d: null }] } }), entry.hash);
    },
  },
  {
    name: 'lists the newest first, page by page, and of a tenant only its own',
    async run(make) {
      const store = await make();
      await store.append([act('1', 'a'), act('2', 'b'), act('3', 'a'), act('4'), act('5', 'a')]);
      const one = await store.listEntries(['a'], { first: 2 });
      deepEqual([one.entries.map(({ node }) => node.target), one.hasNextPage], [['5', '3'], true]);
      const two = await store.listEntries(['a'], { first: 2, after: one.entries[1]?.cursor ?? '' });
      deepEqual([two.entries.map(({ node }) => node.target), two.hasNextPage], [['1'], false]);
      deepEqual((await store.listEntries([], { first: 2 })).entries, []);
      await rejects(store.listEntries(undefined, { first: 2, after: 'x' }), { code: 'BAD_USER_INPUT' });
    },
  },
];
