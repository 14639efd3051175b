import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { AccessControl } from '../../src/identity/access-control.ts';
import type { AccessRole, Principal } from '../../src/model/principal.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { codeOf, openAccess, openStores } from './open-access.ts';

const page = { first: 100 };

/** A tenant with a project below it, and a key of each role in each. */
async function makeTenant(access: AccessControl, name: string) {
  const root = access.localAdministrator();
  const tenant = await access.createProject(root, { name });
  const below = await access.createProject(root, { name: `${name} below`, parentId: tenant.id });
  async function signIn(role: AccessRole, projectId: string) {
    const made = await access.createApiKey(root, { name: role, projectId, role });
    return { ...made, principal: await access.authenticate({ bearer: made.secret }) };
  }
  return {
    tenant,
    below,
    admin: await signIn('ADMIN', tenant.id),
    adminBelow: await signIn('ADMIN', below.id),
    auditor: await signIn('AUDITOR', tenant.id),
    member: await signIn('MEMBER', tenant.id),
  };
}

describe('rights', () => {
  test('keys, projects and usage of a foreign tenant do not exist, and the answer is that for no id at all', async () => {
    const { access } = await openAccess();
    const ours = await makeTenant(access, 'ours');
    const theirs = await makeTenant(access, 'theirs');
    const by = ours.admin.principal;
    for (const id of [theirs.tenant.id, theirs.below.id, 'default', 'none', '']) {
      expect(await codeOf(access.createProject(by, { name: 'x', parentId: id }))).toBe('NOT_FOUND');
      expect(await codeOf(access.createApiKey(by, { name: 'x', projectId: id, role: 'MEMBER' }))).toBe('NOT_FOUND');
      expect(await codeOf(access.listApiKeys(by, id, page))).toBe('NOT_FOUND');
    }
    for (const id of [theirs.admin.apiKey.id, 'none'])
      expect(await codeOf(access.revokeApiKey(by, id))).toBe('NOT_FOUND');
    expect(await access.projects(by, [theirs.tenant.id, ours.below.id, 'none'])).toEqual([
      undefined,
      ours.below,
      undefined,
    ]);
    expect(await access.apiKeys(by, [theirs.member.apiKey.id])).toEqual([undefined]);
    const listed = (await access.listProjects(by, page)).entries.map(({ node }) => node.id);
    expect(listed.sort()).toEqual([ours.tenant.id, ours.below.id].sort());
  });

  test('an administrator of a project below does not reach the project above', async () => {
    const { access } = await openAccess();
    const { tenant, below, admin, adminBelow } = await makeTenant(access, 'one');
    const by = adminBelow.principal;
    expect(await codeOf(access.createApiKey(by, { name: 'x', projectId: tenant.id, role: 'MEMBER' }))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(access.revokeApiKey(by, admin.apiKey.id))).toBe('NOT_FOUND');
    expect(await access.projects(by, [tenant.id])).toEqual([undefined]);
    expect(await codeOf(access.createApiKey(by, { name: 'x', projectId: below.id, role: 'ADMIN' }))).toBeUndefined();
    expect(
      await codeOf(access.createApiKey(admin.principal, { name: 'x', projectId: below.id, role: 'ADMIN' })),
    ).toBeUndefined();
  });

  test('members and auditors create and revoke nothing', async () => {
    const { access } = await openAccess();
    const { tenant, below, auditor, member, admin } = await makeTenant(access, 'one');
    for (const by of [auditor.principal, member.principal]) {
      expect(await codeOf(access.createProject(by, { name: 'x', parentId: tenant.id }))).toBe('FORBIDDEN');
      expect(await codeOf(access.createProject(by, { name: 'x', parentId: below.id }))).toBe('FORBIDDEN');
      expect(await codeOf(access.createApiKey(by, { name: 'x', projectId: tenant.id, role: 'MEMBER' }))).toBe(
        'FORBIDDEN',
      );
    }
    expect(await codeOf(access.revokeApiKey(auditor.principal, admin.apiKey.id))).toBe('FORBIDDEN');
    expect(await codeOf(access.revokeApiKey(member.principal, admin.apiKey.id))).toBe('NOT_FOUND');
    expect(await codeOf(access.listApiKeys(member.principal, tenant.id, page))).toBe('FORBIDDEN');
    expect((await access.listApiKeys(auditor.principal, tenant.id, page)).entries).toHaveLength(3);
    expect(await access.apiKeys(member.principal, [member.apiKey.id, admin.apiKey.id])).toEqual([
      member.apiKey,
      undefined,
    ]);
  });

  test("only the installation's administrator makes tenants", async () => {
    const { access, administratorSecret } = await openAccess();
    const { admin } = await makeTenant(access, 'one');
    expect(await codeOf(access.createProject(admin.principal, { name: 'tenant' }))).toBe('FORBIDDEN');
    const administrator = await access.authenticate({ bearer: administratorSecret });
    expect(administrator).toMatchObject({ tenantId: 'default', projectId: 'default', roles: [{ role: 'ADMIN' }] });
    expect(await access.createProject(administrator, { name: 'tenant' })).not.toHaveProperty('parentId');
  });

  test('a list of workloads can only be narrowed on the way down', async () => {
    const { access } = await openAccess();
    const root = access.localAdministrator();
    const tenant = await access.createProject(root, { name: 'tenant', workloads: ['chat', 'search', 'chat'] });
    expect(tenant.workloads).toEqual(['chat', 'search']);
    const below = await access.createProject(root, { name: 'below', parentId: tenant.id });
    const asked = { name: 'x', projectId: below.id, role: 'ADMIN' } as const;
    expect(await codeOf(access.createApiKey(root, { ...asked, workloads: ['chat', 'mail'] }))).toBe('FORBIDDEN');
    expect(await codeOf(access.createApiKey(root, { ...asked, workloads: ['a b'] }))).toBe('BAD_USER_INPUT');
    const chat = await access.createApiKey(root, { ...asked, workloads: ['chat'] });
    const by = await access.authenticate({ bearer: chat.secret });
    expect(by.workloads).toEqual(['chat']);
    expect(await codeOf(access.createApiKey(by, { ...asked, workloads: ['search'] }))).toBe('FORBIDDEN');
    expect((await access.createApiKey(by, asked)).apiKey.workloads).toEqual(['chat']);
    const free = await access.createApiKey(root, asked);
    expect((await access.authenticate({ bearer: free.secret })).workloads).toEqual(['chat', 'search']);
  });

  test('a key does not outlive the key that makes it', async () => {
    const { access, clock } = await openAccess();
    const { tenant } = await makeTenant(access, 'one');
    const asked = { name: 'x', projectId: tenant.id, role: 'ADMIN' } as const;
    const until = clock.now() + 1000;
    const short = await access.createApiKey(access.localAdministrator(), { ...asked, expiresAt: until });
    const by = await access.authenticate({ bearer: short.secret });
    expect(await codeOf(access.createApiKey(by, { ...asked, expiresAt: until + 1 }))).toBe('FORBIDDEN');
    expect(await codeOf(access.createApiKey(by, { ...asked, expiresAt: clock.now() }))).toBe('BAD_USER_INPUT');
    expect((await access.createApiKey(by, asked)).apiKey.expiresAt).toBe(until);
  });

  test('names are 1 to 100 characters without control characters', async () => {
    const { access } = await openAccess();
    const root = access.localAdministrator();
    for (const name of ['', '  ', 'x'.repeat(101), 'a\nb', 'a\u0000', '\ud800']) {
      expect(await codeOf(access.createProject(root, { name }))).toBe('BAD_USER_INPUT');
    }
    expect((await access.createProject(root, { name: ` ${'é'.repeat(100)} ` })).name).toBe('é'.repeat(100));
  });

  test('projects are nested at most 16 deep', async () => {
    const { access } = await openAccess();
    const root = access.localAdministrator();
    let parentId = 'default';
    for (let depth = 2; depth <= 16; depth++) parentId = (await access.createProject(root, { name: 'x', parentId })).id;
    expect(await codeOf(access.createProject(root, { name: 'x', parentId }))).toBe('BAD_USER_INPUT');
  });

  test('the rights of a key are a part of those of its maker, however keys make keys', async () => {
    const roles = fc.constantFrom<AccessRole>('ADMIN', 'AUDITOR', 'MEMBER');
    const lists = fc.option(fc.subarray(['a', 'b', 'c']), { nil: undefined });
    const step = fc.record({
      maker: fc.nat(),
      project: fc.nat(),
      role: roles,
      workloads: lists,
      life: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    });
    const tree = fc.array(fc.record({ parent: fc.nat(), workloads: lists }), { minLength: 3, maxLength: 8 });
    const { access: shared } = await openStores();
    await fc.assert(
      fc.asyncProperty(tree, fc.array(step, { maxLength: 12 }), async (projects, steps) => {
        const { access, store, clock } = await openAccess({ store: shared });
        const root = access.localAdministrator();
        const ids: string[] = ['default'];
        for (const { parent, workloads } of projects) {
          const parentId = ids[parent % (ids.length + 1)];
          const made = await access
            .createProject(root, {
              name: 'x',
              ...(parentId === undefined ? {} : { parentId }),
              ...(workloads === undefined ? {} : { workloads }),
            })
            .catch(ignoreRefusal);
          if (made !== undefined) ids.push(made.id);
        }
        const makers: Principal[] = [root];
        for (const { maker, project, role, workloads, life } of steps) {
          const by = makers[maker % makers.length] ?? root;
          const projectId = ids[project % ids.length] ?? '';
          const made = await access
            .createApiKey(by, {
              name: 'x',
              projectId,
              role,
              ...(workloads === undefined ? {} : { workloads }),
              ...(life === undefined ? {} : { expiresAt: clock.now() + life }),
            })
            .catch(ignoreRefusal);
          if (made === undefined) continue;
          const child = await access.authenticate({ bearer: made.secret });
          const path = await store.projectPath(projectId);
          expect(
            by.roles.some(
              grant => grant.role === 'ADMIN' && (grant.projectId === undefined || path.includes(grant.projectId)),
            ),
          ).toBe(true);
          if (by.workloads !== undefined)
            expect(by.workloads).toEqual(expect.arrayContaining([...(child.workloads ?? ['any'])]));
          if (by.expiresAt !== undefined) expect(child.expiresAt).toBeLessThanOrEqual(by.expiresAt);
          if (by !== root) expect(child.tenantId).toBe(by.tenantId);
          makers.push(child);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('credentials', () => {
  test('a revoked key is refused, its streams are told, and its verdict is forgotten', async () => {
    const { access } = await openAccess();
    const { member, admin } = await makeTenant(access, 'one');
    expect(access.authenticateCached(member.secret)).toBe(member.principal);
    expect(member.principal.revoked?.aborted).toBe(false);
    const revoked = await access.revokeApiKey(admin.principal, member.apiKey.id);
    expect(revoked.revokedAt).toBeDefined();
    expect(member.principal.revoked?.aborted).toBe(true);
    expect(access.authenticateCached(member.secret)).toBeUndefined();
    expect(await codeOf(access.authenticate({ bearer: member.secret }))).toBe('UNAUTHENTICATED');
    expect((await access.revokeApiKey(admin.principal, member.apiKey.id)).revokedAt).toBe(revoked.revokedAt);
  });

  test('a key that is revoked while it is looked up opens nothing', async () => {
    const { access: store } = await openStores();
    const gate = Promise.withResolvers<void>();
    const reading = Promise.withResolvers<void>();
    const slow = {
      ...store,
      async apiKeyByHash(hash: Uint8Array) {
        const found = await store.apiKeyByHash(hash);
        reading.resolve();
        await gate.promise;
        return found;
      },
    };
    const { access } = await openAccess({ store: slow });
    const root = access.localAdministrator();
    const made = await access.createApiKey(root, { name: 'x', projectId: 'default', role: 'MEMBER' });
    const verdict = codeOf(access.authenticate({ bearer: made.secret }));
    await reading.promise;
    await access.revokeApiKey(root, made.apiKey.id);
    gate.resolve();
    expect(await verdict).toBe('UNAUTHENTICATED');
    expect(access.authenticateCached(made.secret)).toBeUndefined();
  });

  test('a key that expires in years ends at its instant, not at once and not never', async () => {
    const { access, clock } = await openAccess();
    const expiresAt = clock.now() + 3 * 365 * 86_400_000;
    const made = await access.createApiKey(access.localAdministrator(), {
      name: 'x',
      projectId: 'default',
      role: 'MEMBER',
      expiresAt,
    });
    const principal = await access.authenticate({ bearer: made.secret });
    clock.advance(expiresAt - clock.now() - 1);
    expect(principal.revoked?.aborted).toBe(false);
    expect(access.authenticateCached(made.secret)).toBe(principal);
    clock.advance(1);
    expect(principal.revoked?.aborted).toBe(true);
    expect(access.authenticateCached(made.secret)).toBeUndefined();
    expect(await codeOf(access.authenticate({ bearer: made.secret }))).toBe('UNAUTHENTICATED');
  });

  test('a store that can not look is no reason to call anybody unauthenticated', async () => {
    const { access: store } = await openStores();
    let isDown = false;
    const failing = {
      ...store,
      apiKeyByHash: (hash: Uint8Array) =>
        isDown ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'down')) : store.apiKeyByHash(hash),
    };
    const { access } = await openAccess({ store: failing });
    const made = await access.createApiKey(access.localAdministrator(), {
      name: 'x',
      projectId: 'default',
      role: 'MEMBER',
    });
    isDown = true;
    expect(await codeOf(access.authenticate({ bearer: made.secret }))).toBe('STORE_UNAVAILABLE');
    isDown = false;
    expect(await codeOf(access.authenticate({ bearer: made.secret }))).toBeUndefined();
  });

  test('what is no credential is refused without a look into the store', async () => {
    const { access: store } = await openStores();
    let looks = 0;
    const counting = { ...store, apiKeyByHash: (hash: Uint8Array) => store.apiKeyByHash(hash).finally(() => looks++) };
    const { access, administratorSecret } = await openAccess({ store: counting });
    const made = await access.createApiKey(access.localAdministrator(), {
      name: 'x',
      projectId: 'default',
      role: 'MEMBER',
    });
    const slipped = `${made.secret.slice(0, -1)}${made.secret.endsWith('0') ? '1' : '0'}`;
    for (const bearer of ['', "' OR 1=1 --", slipped, `${administratorSecret}x`, 'a.b.c', 'x'.repeat(1_000_000)]) {
      expect(await codeOf(access.authenticate({ bearer }))).toBe('UNAUTHENTICATED');
      expect(access.authenticateCached(bearer)).toBeUndefined();
    }
    expect(await codeOf(access.authenticate(undefined))).toBe('UNAUTHENTICATED');
    expect(looks).toBe(0);
    expect(await codeOf(access.authenticate({ bearer: made.secret }))).toBeUndefined();
    expect(looks).toBe(1);
  });

  test('when a key was last used is written seconds later, and when the gate closes', async () => {
    const { access: store } = await openStores();
    const written = Promise.withResolvers<void>();
    const watched: AccessStore = {
      ...store,
      touchApiKeys: uses => store.touchApiKeys(uses).finally(written.resolve),
    };
    const { access, clock } = await openAccess({ store: watched });
    const made = await access.createApiKey(access.localAdministrator(), {
      name: 'x',
      projectId: 'default',
      role: 'MEMBER',
    });
    const lastUsed = async () => (await store.apiKeys([made.apiKey.id]))[0]?.lastUsedAt;
    await access.authenticate({ bearer: made.secret });
    expect(await lastUsed()).toBeUndefined();
    clock.advance(5_000);
    await written.promise;
    const first = clock.now() - 5_000;
    expect(await lastUsed()).toBe(first);
    clock.advance(10);
    access.authenticateCached(made.secret);
    await access.close();
    expect(await lastUsed()).toBe(first + 5_010);
    expect(clock.pending()).toBe(0);
  });

  test('the project default is made once', async () => {
    const { access, store } = await openAccess();
    const again = await openAccess({ store });
    expect(await again.access.projects(access.localAdministrator(), ['default'])).toMatchObject([{ name: 'default' }]);
  });
});

function ignoreRefusal(fault: unknown): undefined {
  if (fault instanceof GatewayError && ['FORBIDDEN', 'NOT_FOUND'].includes(fault.code)) return undefined;
  throw fault;
}
