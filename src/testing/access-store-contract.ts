import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { AuditAct } from '../model/audit.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { ContractCase } from './contract.ts';

const project = (id: string, parentId?: string): Project => ({
  id,
  name: `Project ${id}`,
  ...(parentId === undefined ? {} : { parentId }),
  createdAt: 1,
});
const key = (id: string, projectId: string, createdAt = 1): ApiKey => ({
  id,
  name: id,
  prefix: 'tg_abc',
  projectId,
  role: 'MEMBER',
  createdAt,
});
const hash = (fill: number) => new Uint8Array(32).fill(fill);

/** Two tenants: a with a1 and a11 below it, b with b1. */
async function twoTenants(store: AccessStore): Promise<AccessStore> {
  for (const each of [project('a'), project('a1', 'a'), project('a11', 'a1'), project('b'), project('b1', 'b')]) {
    await store.createProject(each);
  }
  return store;
}

const act: AuditAct = { actor: 'administrator', action: 'test', target: 'any', change: {} };

/** What every AccessStore promises. */
export const accessStoreContract: readonly ContractCase<AccessStore>[] = [
  {
    name: 'returns projects in the order asked for, whole, and undefined for those that are not there',
    async run(make) {
      const store = await twoTenants(await make());
      const limited: Project = { ...project('c'), workloads: ['chat'] };
      await store.createProject(limited);
      deepEqual(await store.projects(['c', 'none', 'a1']), [limited, undefined, project('a1', 'a')]);
    },
  },
  {
    name: 'refuses a project whose id exists, and one below a parent that does not, and keeps the first as it was',
    async run(make) {
      const store = await twoTenants(await make());
      await rejects(store.createProject({ ...project('a'), name: 'other' }), { code: 'CONFLICT' });
      await rejects(store.createProject(project('x', 'none')), { code: 'CONFLICT' });
      deepEqual(await store.projects(['a', 'x']), [project('a'), undefined]);
    },
  },
  {
    name: 'loses no other write of the moment in which one is refused',
    async run(make) {
      const store = await twoTenants(await make());
      const writes = [project('d'), project('a'), project('e')].map(each => store.createProject(each));
      deepEqual(
        (await Promise.allSettled(writes)).map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      deepEqual(await store.projects(['d', 'e']), [project('d'), project('e')]);
    },
  },
  {
    name: 'names the path of a project up to its tenant',
    async run(make) {
      const store = await twoTenants(await make());
      deepEqual(await store.projectPath('a11'), ['a11', 'a1', 'a']);
      deepEqual(await store.projectPath('b'), ['b']);
      deepEqual(await store.projectPath('none'), []);
    },
  },
  {
    name: 'names the paths of many projects in the order asked for, repeated ones and thousands too',
    async run(make) {
      const store = await twoTenants(await make());
      deepEqual(await store.projectPaths([]), []);
      deepEqual(await store.projectPaths(['b1', 'none', 'a11', 'a1', 'a11']), [
        ['b1', 'b'],
        [],
        ['a11', 'a1', 'a'],
        ['a1', 'a'],
        ['a11', 'a1', 'a'],
      ]);
      const many = Array.from({ length: 1500 }, (_, index) => (index % 2 === 0 ? 'a1' : `none-${index}`));
      const paths = await store.projectPaths(many);
      equal(paths.length, 1500);
      deepEqual([paths[0], paths[1], paths[1498]], [['a1', 'a'], [], ['a1', 'a']]);
    },
  },
  {
    name: 'lists a project with all below it, page by page, and nothing of another tenant',
    async run(make) {
      const store = await twoTenants(await make());
      const one = await store.listProjects(['a'], { first: 2 });
      deepEqual([one.entries.map(({ node }) => node.id), one.hasNextPage], [['a', 'a1'], true]);
      const two = await store.listProjects(['a'], { first: 2, after: one.entries[1]?.cursor ?? '' });
      deepEqual([two.entries.map(({ node }) => node.id), two.hasNextPage], [['a11'], false]);
      equal((await store.listProjects(undefined, { first: 500 })).entries.length, 5);
      equal((await store.listProjects([], { first: 500 })).entries.length, 0);
    },
  },
  {
    name: 'refuses a cursor that it did not make, and sizes out of range',
    async run(make) {
      const store = await twoTenants(await make());
      for (const after of ['', 'a1', 'W10', "' or 1=1 --", '\u0000', 'x'.repeat(5000)]) {
        await rejects(store.listProjects(undefined, { first: 2, after }), { code: 'BAD_USER_INPUT' });
        await rejects(store.listApiKeys('a', { first: 2, after }), { code: 'BAD_USER_INPUT' });
      }
      const { entries } = await store.listProjects(undefined, { first: 1 });
      await rejects(store.listApiKeys('a', { first: 2, after: entries[0]?.cursor ?? '' }), { code: 'BAD_USER_INPUT' });
      for (const first of [0, -1, 501, 1.5, Number.NaN]) {
        await rejects(store.listProjects(undefined, { first }), { code: 'BAD_USER_INPUT' });
      }
    },
  },
  {
    name: 'finds a key by the hash of its secret alone, and holds each hash once',
    async run(make) {
      const store = await twoTenants(await make());
      const full: ApiKey = { ...key('k1', 'a1'), workloads: ['chat'], expiresAt: 99 };
      await store.createApiKey({ apiKey: full, secretHash: hash(1) }, act);
      const found = await store.apiKeyByHash(hash(1));
      deepEqual(found?.apiKey, full);
      deepEqual(Uint8Array.from(found?.secretHash ?? []), hash(1));
      equal(await store.apiKeyByHash(hash(2)), undefined);
      await rejects(store.createApiKey({ apiKey: key('k2', 'b'), secretHash: hash(1) }, act), { code: 'CONFLICT' });
      await rejects(store.createApiKey({ apiKey: key('k3', 'none'), secretHash: hash(3) }, act), { code: 'CONFLICT' });
      deepEqual(await store.apiKeys(['k2', 'k1']), [undefined, full]);
    },
  },
  {
    name: 'lists the keys of one project, newest first',
    async run(make) {
      const store = await twoTenants(await make());
      for (const [index, projectId] of ['a', 'a', 'a', 'b'].entries()) {
        await store.createApiKey({ apiKey: key(`k${index}`, projectId, index), secretHash: hash(index) }, act);
      }
      const one = await store.listApiKeys('a', { first: 2 });
      deepEqual([one.entries.map(({ node }) => node.id), one.hasNextPage], [['k2', 'k1'], true]);
      const two = await store.listApiKeys('a', { first: 2, after: one.entries[1]?.cursor ?? '' });
      deepEqual([two.entries.map(({ node }) => node.id), two.hasNextPage], [['k0'], false]);
    },
  },
  {
    name: 'keeps the first instant of a revocation, and the latest of a use',
    async run(make) {
      const store = await twoTenants(await make());
      await store.createApiKey({ apiKey: key('k', 'a'), secretHash: hash(1) }, act);
      equal((await store.revokeApiKey('k', 10, act))?.revokedAt, 10);
      equal((await store.revokeApiKey('k', 20, act))?.revokedAt, 10);
      equal(await store.revokeApiKey('none', 20, act), undefined);
      await store.touchApiKeys(new Map([['k', 30]]));
      await store.touchApiKeys(new Map([['k', 25]]));
      equal((await store.apiKeys(['k']))[0]?.lastUsedAt, 30);
    },
  },
  {
    name: 'counts every change of projects and keys, and names the keys that were revoked after one',
    async run(make) {
      const store = await make();
      const start = await store.version();
      await store.createProject(project('a'));
      await store.createApiKey({ apiKey: key('k1', 'a'), secretHash: hash(1) }, act);
      await store.createApiKey({ apiKey: key('k2', 'a'), secretHash: hash(2) }, act);
      const before = await store.version();
      equal(before, start + 3);
      deepEqual(await store.changesSince(before), { version: before, revokedKeyIds: [] });
      await store.touchApiKeys(new Map([['k1', 30]]));
      await rejects(store.createProject(project('a')), { code: 'CONFLICT' });
      equal(await store.version(), before);
      await store.revokeApiKey('k1', 10, act);
      await store.revokeApiKey('k1', 20, act);
      deepEqual(await store.changesSince(before), { version: before + 1, revokedKeyIds: ['k1'] });
      await store.revokeApiKey('k2', 10, act);
      deepEqual(await store.changesSince(before + 1), { version: before + 2, revokedKeyIds: ['k2'] });
      equal(await store.version(), before + 2);
    },
  },
];
