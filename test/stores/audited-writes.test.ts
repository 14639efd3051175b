import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import type { Policy } from '../../src/model/policy.ts';
import { firstPreviousHash, hashAuditEntry } from '../../src/stores/audit-hash.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';

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

let folder: string;
let left: SqliteStores;
let right: SqliteStores;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-audited-'));
  left = await openSqliteStores({ file: join(folder, 'tollgate.db') });
  right = await openSqliteStores({ file: join(folder, 'tollgate.db') });
});

afterEach(async () => {
  await left.close();
  await right.close();
  await rm(folder, { recursive: true });
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
    const chain = await entries();
    expect(chain.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    let previousHash = firstPreviousHash;
    for (const entry of chain) {
      expect(entry.previousHash).toBe(previousHash);
      expect(entry.hash).toBe(hashAuditEntry(entry));
      previousHash = entry.hash;
    }
    expect((await left.policies.snapshot()).policies).toHaveLength(30);
  });
});
