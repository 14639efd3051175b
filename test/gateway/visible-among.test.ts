import { expect, test } from 'vitest';
import { visibleAmong, visibleFilter, visibleProjects } from '../../src/gateway/visibility.ts';
import type { Principal, RoleGrant } from '../../src/model/principal.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { openStores } from '../identity/open-access.ts';

/** Two tenants, each with a chain of projects below it; `lookUps` counts questions for paths. */
async function twoTenants(): Promise<{ readonly access: AccessStore; readonly lookUps: () => number }> {
  const { access } = await openStores();
  for (const tenant of ['a', 'b']) {
    await access.createProject({ id: tenant, name: tenant, createdAt: 1 });
    await access.createProject({ id: `${tenant}1`, name: tenant, parentId: tenant, createdAt: 1 });
    await access.createProject({ id: `${tenant}11`, name: tenant, parentId: `${tenant}1`, createdAt: 1 });
  }
  let asked = 0;
  const counted: AccessStore = {
    ...access,
    projectPaths: ids => {
      asked += 1;
      return access.projectPaths(ids);
    },
  };
  return { access: counted, lookUps: () => asked };
}

const principal = (projectId: string, ...roles: readonly RoleGrant[]): Principal => ({
  tenantId: 'a',
  projectId,
  projectPath: [projectId],
  roles,
});

test('usage is seen of what one oversees and of the own project, of all only by the administrator above all', () => {
  expect(visibleProjects(principal('a1', { role: 'MEMBER', projectId: 'a1' }))).toEqual(['a1']);
  expect(visibleProjects(principal('a1', { role: 'AUDITOR', projectId: 'a' }))).toEqual(['a1', 'a']);
  expect(visibleProjects(principal('a'))).toEqual(['a']);
  expect(visibleProjects(principal('a', { role: 'ADMIN' }))).toBeUndefined();
});

test('what is visible among many projects, below too and never of another tenant, takes one look-up', async () => {
  const { access, lookUps } = await twoTenants();
  const auditor = principal('a1', { role: 'AUDITOR', projectId: 'a1' });
  const rows = Array.from({ length: 500 }, (_, row) => ['a', 'a1', 'a11', 'b', 'b11', 'none'][row % 6] ?? '');
  expect([...(await visibleAmong(auditor, rows, access))].sort()).toEqual(['a1', 'a11']);
  expect(lookUps()).toBe(1);
  expect((await visibleFilter(auditor, { projectIds: ['b1', 'a11', 'a'] }, access)).projectIds).toEqual(['a11']);
  expect((await visibleFilter(auditor, {}, access)).projectIds).toEqual(['a1']);
});

test('the administrator above all sees every project without a look-up', async () => {
  const { access, lookUps } = await twoTenants();
  const administrator = principal('a', { role: 'ADMIN' });
  expect([...(await visibleAmong(administrator, ['b', 'a11', 'none'], access))]).toEqual(['b', 'a11', 'none']);
  expect(lookUps()).toBe(0);
});
