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
