import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import type { Policy } from '../../src/model/policy.ts';
import { hashAuditEntry } from '../../src/stores/audit-hash.ts';
import type { Stores } from '../../src/stores/sql/stores.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { expectWholeChain } from './support/audit-chains.ts';
import { usePostgres } from './support/postgres-databases.ts';

const act = (target: string): AuditAct => ({ actor: 'administrator', action: 'policy.test', target, change: {} });
const policy = (id: string): Policy => ({
  id,
  name: id,
  mode: 'ENFORCE',
  appliesTo: [],
  rules: { region: { allow: ['eu'] } },
  revision: 1,
  createdAt: 1,
  updatedAt: 1,
  updatedBy: 'administrator',
});

describe('SQLite', () => {
  let folder: string;
  const opened: Stores[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-audited-'));
  });
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
    await rm(folder, { recursive: true });
  });

  testAuditedWrites(async () => {
    const stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
    opened.push(stores);
    return stores;
  });
});

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  let url: string;
  beforeEach(async () => {
    url = await databases.migrated();
  });

  testAuditedWrites(() => databases.open({ url }));

  test('of six nodes that all write at once, each written once, make one chain without a gap', async () => {
    const nodes = await Promise.all(Array.from({ length: 6 }, () => databases.open({ url })));
    const targets = Array.from({ length: 15 }, (_, index) => String(index));
    await Promise.all(
      nodes.flatMap(({ audit }, node) => targets.map(target => audit.append([act(`${node} ${target}`)]))),
    );
    const [first] = nodes;
    if (first === undefined) return;
    const chain = await expectWholeChain(first.audit);
    expect(chain).toHaveLength(90);
    expect(new Set(chain.map(({ target }) => target)).size).toBe(90);
  });
});

/** @param open Opens one node more on the database of this test. */
function testAuditedWrites(open: () => Promise<Stores>): void {
  let left: Stores;
  let right: Stores;

  beforeEach(async () => {
    left = await open();
    right = await open();
  });

  async function entries() {
    const { entries: listed } = await left.audit.listEntries(undefined, { first: 500 });
    return listed.map(({ node }) => node).reverse();
  }

  describe('an act and its entry', () => {
    test('stand in one transaction: an act that fails leaves no entry', async () => {
      await left.policies.createPolicy(policy('one'), act('one'));
      await expect(left.policies.createPolicy(policy('one'), act('twice'))).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(left.policies.deletePolicy('one', 7, act('wrong revision'))).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect((await entries()).map(({ target }) => target)).toEqual(['one']);
      expect(await left.policies.version()).toBe(1);
    });

    test('stand in one transaction: an entry that cannot be written undoes the act', async () => {
      const unwritable = { ...act('one'), actor: null as unknown as string };
      await expect(left.policies.createPolicy(policy('one'), unwritable)).rejects.toThrow();
      expect(await left.policies.snapshot()).toEqual({ version: 0, policies: [] });
      expect(await entries()).toEqual([]);
    });

    test('of two nodes make one chain without a gap', async () => {
      const writes = Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? left : right).policies.createPolicy(policy(`p${index}`), act(`p${index}`)),
      );
      await Promise.all(writes);
      expect(await expectWholeChain(left.audit)).toHaveLength(30);
      expect((await left.policies.snapshot()).policies).toHaveLength(30);
    });

    test('of projects and keys stand in one transaction as well, and a key that is revoked twice has one entry', async () => {
      const { access } = left;
      await access.createProject({ id: 'bank', name: 'Bank', createdAt: 1 }, act('bank'));
      await expect(access.createProject({ id: 'bank', name: 'x', createdAt: 1 }, act('again'))).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const apiKey = { id: 'k', name: 'k', prefix: 'tg_abc', projectId: 'bank', role: 'MEMBER', createdAt: 1 } as const;
      const secretHash = new Uint8Array(32);
      await access.createApiKey({ apiKey, secretHash }, act('k'));
      await expect(
        access.createApiKey({ apiKey: { ...apiKey, id: 'other' }, secretHash }, act('other')),
      ).rejects.toMatchObject({ code: 'CONFLICT' });
      const revoked = await Promise.all(
        [left, right, left, right].map((node, at) => node.access.revokeApiKey('k', at + 1, act('revoked'))),
      );
      expect(new Set(revoked.map(key => key?.revokedAt)).size).toBe(1);
      expect((await entries()).map(({ target }) => target)).toEqual(['bank', 'k', 'revoked']);
    });

    test('of holds: one that is removed twice at once has one entry, and says the second time that there is none', async () => {
      await left.content.addHold({ id: 'h', user: 'u', createdAt: 1, createdBy: 'administrator' }, act('add'));
      const outcomes = await Promise.allSettled([left, right].map(node => node.content.removeHold('h', act('remove'))));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'NOT_FOUND' }) });
      expect((await entries()).map(({ target }) => target)).toEqual(['add', 'remove']);
    });

    test('can be verified whatever text they hold: no name breaks the chain for all', async () => {
      const changes = [
        { at: new Date(0) },
        { 10: 1, 9: 2, a: undefined },
        { x: '\ud800', y: 'a\0b', z: [undefined, Number.NaN] },
      ];
      for (const change of changes) await left.audit.append([{ ...act('t\udfff'), actor: 'user:\ud800\0', change }]);
      const chain = await entries();
      expect(chain.map(hashAuditEntry)).toEqual(chain.map(({ hash }) => hash));
    });
  });
}
