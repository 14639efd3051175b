import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { useGovernance, useIdentity } from '../../plugins/index.ts';
import { loadConfig } from '../../src/config.ts';
import { type RouterIdentity, signRouterIdentity } from '../../src/identity/router-identity.ts';
import type { GraphQLAnswer } from '../graphql/open-yoga.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { listenYoga } from '../plugins/open-host.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

vi.setConfig({ testTimeout: 60_000 });

const secret = 'a-secret-that-the-router-signs-with-0123456789';
const header = 'x-tollgate-identity';
const sign = (identity: RouterIdentity, by = secret) =>
  signRouterIdentity({ ...identity, at: Date.now(), nonce: randomUUID() }, by);
const whoAsks = '{ viewer { user project { id } roles { role } } }';
const complete = (more = '') =>
  `mutation Renamed__by_router { complete(input: { model: "sandbox/echo", messages: [{ role: USER, text: "hi" }] ${more} }) { workload status } }`;

describe('a served gateway that trusts a router', () => {
  const yaml = (secrets: readonly string[]) =>
    `sandbox: true\nauth: { router: { secrets: ${JSON.stringify(secrets)}, project: default, projects: [default] } }\n`;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ yaml: yaml([secret]) });
  });
  afterAll(() => server.close());

  async function ask(
    query: string,
    headers: Readonly<Record<string, string>> | [string, string][],
  ): Promise<GraphQLAnswer> {
    const given = Array.isArray(headers) ? headers : Object.entries(headers);
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: [['content-type', 'application/json'], ...given],
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as GraphQLAnswer;
  }

  test('knows the person whom the router names, as a member', async () => {
    const { data } = await ask(whoAsks, { [header]: sign({ user: 'ada' }) });
    expect(data.viewer).toEqual({ user: 'ada', project: { id: 'default' }, roles: [{ role: 'MEMBER' }] });
  });

  test('books under what the router says the operation is for, where the request names nothing', async () => {
    const named = { [header]: sign({ user: 'ada', workload: 'Ask' }) };
    expect((await ask(complete(), named)).data.complete).toEqual({ workload: 'Ask', status: 'FINISHED' });
    const own = { [header]: sign({ user: 'ada', workload: 'Ask' }) };
    expect((await ask(complete('workload: "chat"'), own)).data.complete.workload).toBe('chat');
    // The control: without it the name is that which the router made up.
    const unnamed = { [header]: sign({ user: 'ada' }) };
    expect((await ask(complete(), unnamed)).data.complete.workload).toBe('Renamed__by_router');
  });

  test("takes the caller's own key where the router names nobody", async () => {
    const headers = { [header]: sign({ workload: 'Ask' }), authorization: `Bearer ${adminKey}` };
    expect((await ask(complete(), headers)).data.complete.workload).toBe('Ask');
    expect((await ask(whoAsks, { [header]: sign({ workload: 'Ask' }) })).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('refuses what another has signed, what was used, and what comes twice', async () => {
    const used = sign({ user: 'ada' });
    expect((await ask(whoAsks, { [header]: used })).errors).toBeUndefined();
    const twice = sign({ user: 'ada' });
    for (const headers of [
      { [header]: sign({ user: 'ada' }, 'another-secret-of-somebody-else-0123456789') },
      { [header]: used },
      [
        [header, twice],
        [header, sign({ user: 'eve' })],
      ] as [string, string][],
      { [header]: sign({ user: 'ada', project: 'another' }) },
      { [header]: 'ada' },
    ]) {
      const { data, errors } = await ask(whoAsks, headers);
      expect(data ?? null).toBeNull();
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
  });

  test('believes no other header about who asks or what for', async () => {
    const spoofed = {
      'x-tollgate-user': 'eve',
      'x-forwarded-user': 'eve',
      'x-tollgate-project': 'default',
      'x-tollgate-workload': 'spoofed',
    };
    expect((await ask(whoAsks, spoofed)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    const { data } = await ask(complete(), { ...spoofed, [header]: sign({ user: 'ada', workload: 'Ask' }) });
    expect(data.complete.workload).toBe('Ask');
  });

  test('changes the secret without a new start, and takes no old signature meanwhile', async () => {
    const next = 'the-next-secret-of-the-router-0123456789-abcdef';
    const folder = dirname(server.stateDir);
    const env = { PORT: '0', TOLLGATE_ADMIN_KEY: adminKey, TOLLGATE_STATE_DIR: server.stateDir, LOG_LEVEL: 'silent' };
    const reload = async (secrets: readonly string[]) => {
      await writeFile(join(folder, 'tollgate.yaml'), yaml(secrets));
      await server.reconfigure(loadConfig({ env, cwd: folder }));
    };
    await reload([next, secret]);
    expect((await ask(whoAsks, { [header]: sign({ user: 'ada' }) })).errors).toBeUndefined();
    expect((await ask(whoAsks, { [header]: sign({ user: 'ada' }, next) })).errors).toBeUndefined();
    await reload([next]);
    expect((await ask(whoAsks, { [header]: sign({ user: 'ada' }) })).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    expect((await ask(whoAsks, { [header]: sign({ user: 'ada' }, next) })).errors).toBeUndefined();
  });
});

test('a gateway that trusts no router takes nothing from the header', async () => {
  const server = await startTestServer({ yaml: 'sandbox: true' });
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${adminKey}`,
      [header]: sign({ user: 'eve', workload: 'spoofed' }),
    },
    body: JSON.stringify({ query: complete() }),
  });
  expect(await response.json()).toMatchObject({ data: { complete: { workload: 'Renamed__by_router' } } });
  await server.close();
});

describe('a server of its own that trusts a router', () => {
  let open: OpenYoga;
  beforeAll(async () => {
    open = await openYoga();
  });
  afterAll(() => open[Symbol.asyncDispose]());

  const fromProxy = { identityHeader: 'X-Tollgate-Identity', secrets: [secret], projectId: 'default' };

  test('knows the person whom it names, and what the operation is for', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway, identity: { fromProxy } })]);
    const named = { [header]: sign({ user: 'ada', workload: 'Ask' }) };
    expect((await host.ask('{ whoAmI }', undefined, named)).data.whoAmI).toBe('ada of default as MEMBER');
    const asking =
      'mutation Renamed { aiComplete(input: { model: "test/echo", messages: [{ role: USER, text: "hi" }] }) { workload } }';
    const again = { [header]: sign({ workload: 'Ask' }) };
    expect((await host.ask(asking, administratorKey, again)).data.aiComplete.workload).toBe('Ask');
    expect((await host.ask('{ whoAmI }', undefined, named)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test.each([
    [{ ...fromProxy, secrets: ['short'] }, /^fromProxy\.secrets: /],
    [{ ...fromProxy, identityHeader: 'Authorization' }, /^fromProxy\.identityHeader: /],
    [{ ...fromProxy, maxAgeMs: 1 }, /^fromProxy\.maxAgeMs: /],
  ])('stops its start with %o', (proxy, message) => {
    expect(() => useIdentity({ gateway: open.gateway, fromProxy: proxy })).toThrow(message);
  });
});
