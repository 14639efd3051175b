import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { describe, expect, test } from 'vitest';
import { localClient } from '../../../src/cli/local-client.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { type CreateGatewayOptions, createGateway, type OpenGateway } from '../../../src/create-gateway.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { closeAfterTest, embedded, endOf, request } from '../../support/open-gate.ts';
import { startPartingProxy } from '../../support/parting-proxy.ts';
import { until } from '../../support/until.ts';
import { canShare, sharedTitle, useServerNodes } from './server-nodes.ts';

describe.skipIf(!canShare)(sharedTitle, () => {
  const shared = useServerNodes();

  /** As the environment says it, with the sandbox as its provider. */
  async function configOf(env: Readonly<Record<string, string>>, nodeId: string): Promise<Config> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-node-'));
    closeAfterTest(() => rm(folder, { recursive: true }));
    return loadConfig({ env: { ...env, TOLLGATE_NODE_ID: nodeId, TOLLGATE_STATE_DIR: folder }, cwd: folder });
  }

  async function open(
    env: Readonly<Record<string, string>>,
    nodeId: string,
    options: Partial<CreateGatewayOptions> = {},
  ): Promise<OpenGateway> {
    const config = await configOf(env, nodeId);
    const gateway = await createGateway({
      ...options,
      config: { ...config, receipts: { ...config.receipts, isEnabled: true } },
    });
    let isOpen = true;
    const close = async () => {
      if (isOpen) await gateway.close();
      isOpen = false;
    };
    closeAfterTest(close);
    return { ...gateway, close };
  }

  const ask = request({ model: 'sandbox/echo' });

  test('nodes that start at once on an empty database have one set of keys, and one of them shows the administrator key', async () => {
    const env = await shared.installation();
    const gateways = await Promise.all(['a', 'b', 'c'].map(id => open(env, id)));
    const shown = gateways.flatMap(({ generatedAdministratorKey: key }) => (key === undefined ? [] : [key]));
    expect(shown).toHaveLength(1);
    const administrator = { bearer: shown[0] ?? '' };
    for (const maker of gateways) {
      const by = await maker.access.authenticate(administrator);
      const project = await maker.access.createProject(by, { name: 'Bank' });
      const { secret } = await maker.access.createApiKey(by, { name: 'k', projectId: project.id, role: 'MEMBER' });
      for (const { access } of gateways) {
        expect(await access.authenticate({ bearer: secret })).toMatchObject({ projectId: project.id });
      }
    }
    const receipts: string[] = [];
    for (const gateway of gateways) {
      const end = await endOf(gateway.run(gateway.access.localAdministrator(), ask, embedded));
      expect(end.type).toBe('finished');
      receipts.push(end.completion.receipt ?? '');
    }
    for (const gateway of gateways) {
      const keys = createLocalJWKSet({ keys: [...(await gateway.publicKeys())] });
      for (const receipt of receipts) await compactVerify(receipt, keys);
    }
    expect((await gateways[0]?.publicKeys())?.length).toBe(1);
  }, 60_000);

  test('a second server under the name of a living one does not start, and says what to set', async () => {
    const env = await shared.installation();
    const first = await shared.start(env, 'a');
    const says = `another process at ${first.url} runs as the node a: give each node a TOLLGATE_NODE_ID of its own`;
    await expect(shared.start(env, 'a')).rejects.toMatchObject({ code: 'CONFLICT', message: says });
    expect(await (await fetch(`${first.url}/readyz`)).json()).toEqual({ status: 'ok' });
  }, 60_000);

  test('a command that opens the state itself runs beside a server of its name', async () => {
    const env = await shared.installation();
    const server = await shared.start(env, 'a');
    const client = await localClient(await configOf(env, 'a'));
    const { signal } = new AbortController();
    const text = 'mutation { createProject(input: { name: "By hand" }) { name } }';
    expect(await client.query(text, {}, signal)).toEqual({ createProject: { name: 'By hand' } });
    await client.close();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const rows = await shared.postgres.ask(env.DATABASE_URL ?? '', 'select id from node where stopped_at is not null');
    expect(rows).toEqual([{ id: `a-command-${process.pid}` }]);
  });

  test('a node whose name another process has taken over is not ready, says why, and refuses', async () => {
    const env = await shared.installation();
    const first = await shared.start(env, 'a');
    const takeOver = `insert into node (boot_id, id, address, started_at, seen_at, policy_version, access_version)
      select 'later', id, '', started_at + 1, seen_at + 5000, 0, 0 from node`;
    await shared.postgres.ask(env.DATABASE_URL ?? '', takeOver);
    await until('it is not ready', async () => (await fetch(`${first.url}/readyz`)).status === 503);
    expect(await (await fetch(`${first.url}/readyz`)).json()).toEqual({
      status: 'not ready',
      reason: 'another process runs as the node a',
    });
    const complete =
      'mutation { complete(input: { model: "acme/one", messages: [{ role: USER, text: "Hi" }] }) { status } }';
    const { errors } = await first.graphql(complete);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);
  });

  test('one node signs the head of the audit log, and another one goes on when it has gone', async () => {
    const env = await shared.installation();
    const clock = manualClock(Date.now());
    const heads: string[] = [];
    const opened: OpenGateway[] = [];
    for (const id of ['a', 'b']) {
      opened.push(await open(env, id, { clock, events: { auditHead: () => void heads.push(id) } }));
      clock.advance(5);
      await until('it has joined', () => opened.every(({ nodes }) => nodes.notReady === undefined));
    }
    const [a, b] = opened;
    await until('a has signed at its start', () => heads.length === 1);
    await until('each sees the other', () => {
      clock.advance(100);
      return a?.nodes.live.length === 2 && b?.nodes.live.length === 2;
    });
    for (const minute of [2, 3]) {
      clock.advance(60_000);
      await until('it is signed', () => heads.length >= minute);
    }
    expect(heads).toEqual(['a', 'a', 'a']);
    await a?.close();
    expect(heads).toEqual(['a', 'a', 'a', 'a']);
    await until('b goes on', () => {
      clock.advance(1_000);
      return heads.includes('b');
    });
  });

  test('a node without its database is refused after 30 s, route and run alike, and comes back by itself', async () => {
    const env = await shared.installation();
    const proxy = await startPartingProxy(shared.postgres.port);
    closeAfterTest(proxy.close);
    const clock = manualClock(Date.now());
    const behind = { ...env, DATABASE_URL: (env.DATABASE_URL ?? '').replace(/:\d+\//, `:${proxy.port}/`) };
    const b = await open(behind, 'b', { clock });
    const by = b.access.localAdministrator();
    proxy.cut();
    clock.advance(28_000);
    expect(b.route(by, ask).candidates).not.toEqual([]);
    expect(b.nodes.notReady).toBeUndefined();
    clock.advance(4_000);
    for (const refused of [() => b.route(by, ask), () => b.run(by, ask, embedded), () => b.effectivePolicy(by)]) {
      expect(refused).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', retryable: true }));
    }
    await until('it has noticed', () => b.nodes.notReady?.endsWith(': the database does not answer') === true);
    expect(b.nodes.notReady).toMatch(/^the policies and keys in force are unconfirmed since \d{4}-/);
    proxy.join();
    await until('it is ready again', () => {
      clock.advance(100);
      return b.nodes.notReady === undefined;
    });
    expect((await endOf(b.run(by, ask, embedded))).type).toBe('finished');
  }, 60_000);
});
