import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { keyPurposes, openKeyring } from '../../src/identity/secrets.ts';
import { openMasterSecrets } from '../../src/identity/state-secret.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../../src/stores/sql/stores.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, book, idAt, opened } from '../../src/testing/ledger-entries.ts';
import { expectWholeChain } from '../stores/support/audit-chains.ts';
import { startScript, startServe, temporaryFolder, tollgate } from '../support/command.ts';
import { type PostgresServer, postgresBinaries, postgresTitle, startPostgres } from '../support/postgres-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const secret = 'the secret of every node of it all';
const env = { TOLLGATE_SECRET: secret };
const act = { actor: 'administrator', action: 'test', target: 'any', change: {} };
const now = Date.now();
const monthMs = 31 * 86_400_000;
const usage = { filter: {}, groupBy: ['PROJECT'], groupByLabels: [], orderBy: 'COST', first: 10 } as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, '.tollgate'));
  file = join(folder.path, '.tollgate/tollgate.db');
});
afterEach(() => folder.close());

/** The keys of an installation, as one text. */
async function keysOf({ secrets }: Stores, stateSecret?: string): Promise<string> {
  const given = stateSecret === undefined ? {} : { secret: stateSecret };
  const master = await openMasterSecrets({ stateDir: join(folder.path, '.tollgate'), ...given });
  const keyring = await openKeyring({ store: secrets, ...master });
  return keyPurposes.map(purpose => Buffer.from(keyring.key(purpose)).toString('hex')).join();
}

describe('tollgate migrate', () => {
  test('brings the database to this version, says what it did, and does nothing the second time', async () => {
    const first = await tollgate(['migrate'], { cwd: folder.path });
    expect(first).toMatchObject({ code: 0, error: '' });
    expect(first.out).toMatch(/^Brought the database to this version:\n {2}0001-ledger\n/);
    expect(await tollgate(['migrate'], { cwd: folder.path })).toMatchObject({
      code: 0,
      out: 'The database is at this version already.\n',
    });
  });

  test('is what a start asks for that may not do so itself', async () => {
    const off = { cwd: folder.path, env: { TOLLGATE_MIGRATE: 'off', PORT: '0' } };
    const refused = await tollgate(['serve'], off);
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.error).toMatch(/^the database is empty: run "tollgate migrate" first\n$/);
    await tollgate(['migrate'], off);
    const server = await startServe(off);
    const beside = await tollgate(['migrate'], { cwd: folder.path });
    expect(beside).toMatchObject({ code: 4, out: '' });
    expect(beside.error).toMatch(/in use by process \d+/);
    server.process.kill('SIGINT');
    await server.ended;
  });
});

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  let server: PostgresServer;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
  });
  beforeEach(async () => {
    url = await server.database();
  });
  afterAll(() => server?.stop());

  const copy = (to = url) => tollgate(['migrate', '--to', to], { cwd: folder.path, env });

  /** An installation with something in every table; children stand before their parents in the order of their ids. */
  async function fill(): Promise<string> {
    const stores = await openSqliteStores({ file });
    const { access, policies, content, ledger, audit } = stores;
    await access.createProject({ id: 'z-bank', name: 'Bank', createdAt: 1 }, act);
    await access.createProject({ id: 'a-desk', name: 'Desk', parentId: 'z-bank', createdAt: 2 }, act);
    const apiKey = { id: 'k', name: 'k', prefix: 'tg_abc', projectId: 'a-desk', role: 'MEMBER', createdAt: 1 } as const;
    await access.createApiKey({ apiKey, secretHash: new Uint8Array(32).fill(7) }, act);
    const policy = { id: 'p', name: 'p', mode: 'ENFORCE', appliesTo: [], rules: {}, revision: 1 } as const;
    await policies.createPolicy({ ...policy, createdAt: 1, updatedAt: 1, updatedBy: 'administrator' }, act);
    const kept = { completionId: 'c', createdAt: 1, tenantId: 'z-bank', projectId: 'z-bank', projectPath: ['z-bank'] };
    await content.keep({ ...kept, user: 'u', keepUntil: now * 2, prompt: '{"é":"\\\\\\"{,}"}', answer: 'null' });
    await content.addHold({ id: 'h', user: 'u', createdAt: 1, createdBy: 'administrator' }, act);
    const labels = [{ name: 'team', value: '{"a",NULL,\\}' }];
    for (let serial = 1; serial <= 300; serial += 1) {
      const tenantId = serial % 2 === 0 ? 'a' : 'b';
      const at = now - (serial % 4) * monthMs;
      await book(ledger, serial, at, { tenantId, projectId: tenantId, projectPath: [tenantId], labels });
    }
    const cut = opened(idAt(now, 9000), now);
    await ledger.openCompletion(cut);
    await ledger.openAttempt(attempted(cut, 9001));
    await audit.append([{ ...act, tenantId: 'z-bank' }]);
    const keys = await keysOf(stores);
    await stores.close();
    return keys;
  }

  test('takes a whole SQLite installation over: every entry, every sum, and what opens its keys', async () => {
    const keys = await fill();
    const copied = await copy();
    expect(copied).toMatchObject({ code: 0 });
    expect(copied.out).toMatch(/^completion +301$/m);
    expect(copied.error).toMatch(/^attempt: 301 of 301$/m);
    const [before, after] = await Promise.all([openSqliteStores({ file }), openPostgresStores({ url })]);
    try {
      // What runs nowhere any more was ended before, in both.
      expect(await after.ledger.recover(now)).toBe(0);
      for (const interval of ['MINUTE', 'HOUR'] as const) {
        const report = await after.ledger.usage({ ...usage, interval });
        expect(report).toEqual(await before.ledger.usage({ ...usage, interval }));
        expect(report.total.requests).toBe(301);
      }
      expect(await after.policies.snapshot()).toEqual(await before.policies.snapshot());
      expect(await after.access.projectPath('a-desk')).toEqual(['a-desk', 'z-bank']);
      expect(await after.access.apiKeyByHash(new Uint8Array(32).fill(7))).toBeDefined();
      expect(await after.content.contents(['c'], now)).toEqual(await before.content.contents(['c'], now));
      const page = { first: 20 };
      expect(await after.ledger.listCompletions({}, page)).toEqual(await before.ledger.listCompletions({}, page));
      expect(await expectWholeChain(after.audit)).toEqual(await expectWholeChain(before.audit));
      await after.audit.append([act]);
      await expectWholeChain(after.audit);
      expect(await keysOf(after, secret)).toBe(keys);
      expect(await keysOf(before)).toBe(keys);
    } finally {
      await Promise.all([before.close(), after.close()]);
    }
    const [inDefault] = await server.ask(url, 'select count(*)::int as count from completion_default');
    expect(inDefault).toEqual({ count: 0 });
    await expect(server.ask(url, `insert into project values ('x', 'x', 'nowhere', null, 1)`)).rejects.toThrow(
      /foreign/,
    );
  });

  test('changes nothing in a database that is in use', async () => {
    await fill();
    const other = await openPostgresStores({ url });
    await other.secrets.put('key:mine', new Uint8Array(1));
    await other.close();
    const refused = await copy();
    expect(refused).toMatchObject({
      code: 4,
      out: '',
      error: 'the target is in use already: it has entries in "secret"\n',
    });
    expect(await server.ask(url, 'select name from secret')).toEqual([{ name: 'key:mine' }]);
    expect(await server.ask(url, 'select 1 from completion')).toEqual([]);
  });

  test('leaves nothing where it was killed in between, and is begun again', async () => {
    await fill();
    await (await openPostgresStores({ url })).close();
    await server.ask(
      url,
      `create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(2); return null; end';
      create trigger wait before insert on usage_hour for each statement execute function wait()`,
    );
    const killed = startScript('src/cli.ts', ['migrate', '--to', url], { cwd: folder.path, env });
    await expect.poll(() => killed.error, { timeout: 30_000, interval: 1 }).toMatch(/^attempt: 301/m);
    killed.process.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');
    const nobody = `select 1 from pg_stat_activity where application_name = 'tollgate copy'`;
    await expect.poll(() => server.ask(url, nobody), { timeout: 20_000 }).toEqual([]);
    expect(await server.ask(url, 'select 1 from attempt')).toEqual([]);
    await server.ask(url, 'drop trigger wait on usage_hour');
    expect(await copy()).toMatchObject({ code: 0 });
    expect(await server.ask(url, 'select 1 from attempt')).toHaveLength(301);
  });

  test('says what is missing, and never shows a password', async () => {
    const withPassword = url.replace('postgres@', 'postgres:word4711@');
    const argv = (to: string) => ['migrate', '--to', to];
    const none = await tollgate(argv(withPassword), { cwd: folder.path, env });
    expect(none).toMatchObject({ code: 4 });
    expect(none.error).toMatch(/no installation to copy/);
    new DatabaseSync(file).close();
    const noSecret = await tollgate(argv(withPassword), { cwd: folder.path });
    expect(noSecret).toMatchObject({ code: 3 });
    expect(noSecret.error).toMatch(/^TOLLGATE_SECRET: is not set/);
    const wrong = await tollgate(argv(`${withPassword}?sslmode=prefer`), { cwd: folder.path, env });
    expect(wrong).toMatchObject({ code: 3 });
    expect(wrong.error).toMatch(/^--to: has an sslmode/);
    const away = await tollgate(argv('postgres://u:word4711@127.0.0.1:1/d'), { cwd: folder.path, env });
    expect(away).toMatchObject({
      code: 4,
      error: expect.stringMatching(/^the store could not be reached: .*ECONNREFUSED.*\n$/),
    });
    const texts = [none, noSecret, wrong, away].map(({ out, error }) => out + error);
    expect(texts.join()).not.toContain('word4711');
  });
});
