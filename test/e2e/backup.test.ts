import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { type CommandOptions, type ServeCommand, startServe, temporaryFolder, tollgate } from '../support/command.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let servers: ServeCommand[];

beforeEach(async () => {
  folder = await temporaryFolder();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await stop(server);
  await folder.close();
});

async function subfolder(name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path, { recursive: true });
  return path;
}

async function serveIn(
  cwd: string,
  key?: string,
): Promise<{ readonly server: ServeCommand; readonly beside: CommandOptions }> {
  const server = await startServe({ cwd });
  servers.push(server);
  const shown = /^ {2}(tg_\S+)$/m.exec(server.out)?.[1];
  return { server, beside: { cwd, env: { TOLLGATE_API_KEY: key ?? shown ?? '' } } };
}

async function stop(server: ServeCommand): Promise<void> {
  server.process.kill('SIGINT');
  await server.ended;
}

const keyOf = ({ env }: CommandOptions) => env?.TOLLGATE_API_KEY ?? '';
const secretOf = (cwd: string) => readFileSync(join(cwd, '.tollgate/secret'), 'utf8').trim();

async function usageOf(cwd: string) {
  const { ledger, close } = await openSqliteStores({ file: join(cwd, '.tollgate/tollgate.db') });
  const { total } = await ledger.usage({ filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 });
  await close();
  return total;
}

describe('a backup', () => {
  test('made beside a running server brings everything back elsewhere: entries, keys and what opens them', async () => {
    const first = await subfolder('first');
    const { server, beside } = await serveIn(first);
    expect(await tollgate(['complete', '-m', 'sandbox/echo', 'Say hello'], beside)).toMatchObject({ code: 0 });
    await mkdir(join(first, '.tollgate/catalog'));
    await writeFile(join(first, '.tollgate/catalog/litellm.json'), 'imported');
    const file = join(folder.path, 'state.backup');
    const made = await tollgate(['backup', '--to', file], beside);
    expect(made).toMatchObject({ code: 0, error: '' });
    expect(made.out).toMatch(/^Wrote .*state\.backup\. It holds the secret/);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    await stop(server);
    const before = await usageOf(first);
    expect(before.requests).toBe(1);

    const second = await subfolder('second');
    const restored = await tollgate(['restore', file], { cwd: second });
    expect(restored).toMatchObject({ code: 0, error: '' });
    expect(restored.out).toMatch(/^Restored the state of 20\S+Z, version \S+\. Counters/);
    expect(secretOf(second)).toBe(secretOf(first));
    expect(await usageOf(second)).toEqual(before);
    expect(readFileSync(join(second, '.tollgate/catalog/litellm.json'), 'utf8')).toBe('imported');
    await rm(join(second, '.tollgate/catalog'), { recursive: true });
    const next = await serveIn(second, keyOf(beside));
    expect(next.server.out).not.toContain('Administrator key');
    expect(await tollgate(['models'], next.beside)).toMatchObject({ code: 0 });
  });

  test('leaves its secret in no database that was made from it, nor anything else behind', async () => {
    const first = await subfolder('first');
    await stop((await serveIn(first)).server);
    const file = join(folder.path, 'state.backup');
    await tollgate(['backup', '--to', file], { cwd: first });
    const secret = secretOf(first);
    expect((await readFile(file)).includes(secret)).toBe(true);
    expect(readdirSync(folder.path).sort()).toEqual(['first', 'state.backup']);
    const second = await subfolder('second');
    await tollgate(['restore', file], { cwd: second });
    expect(readdirSync(join(second, '.tollgate')).sort()).toEqual(['lock.db', 'secret', 'tollgate.db']);
    expect((await readFile(join(second, '.tollgate/tollgate.db'))).includes(secret)).toBe(false);
    expect((statSync(join(second, '.tollgate/tollgate.db')).mode & 0o777).toString(8)).toBe('600');
  });

  test('replaces no file, and is refused where there is no state', async () => {
    const first = await subfolder('first');
    const none = await tollgate(['backup', '--to', 'x'], { cwd: first });
    expect(none).toMatchObject({ code: 4, out: '' });
    expect(none.error).toMatch(/no state to back up/);
    await stop((await serveIn(first)).server);
    await writeFile(join(first, 'there'), 'mine');
    expect(await tollgate(['backup', '--to', 'there'], { cwd: first })).toMatchObject({
      code: 1,
      error: 'there exists already.\n',
    });
    expect(readFileSync(join(first, 'there'), 'utf8')).toBe('mine');
    expect(await tollgate(['backup'], { cwd: first })).toMatchObject({ code: 2 });
  });

  test('of PostgreSQL is one that other programs make, and no script takes that for a success', async () => {
    const env = {
      DATABASE_URL: 'postgres://u:word4711@127.0.0.1:1/d',
      REDIS_URL: 'redis://127.0.0.1:1',
      TOLLGATE_SECRET: 'x'.repeat(32),
    };
    const options = { cwd: folder.path, env };
    const [backup, restore] = await Promise.all([
      tollgate(['backup', '--to', 'x'], options),
      tollgate(['restore', 'x'], options),
    ]);
    expect(backup).toMatchObject({ code: 1, out: '' });
    expect(backup.error).toMatch(/pg_dump.*TOLLGATE_SECRET/);
    expect(restore).toMatchObject({ code: 1, out: '' });
    expect(restore.error).toMatch(/pg_restore/);
    expect(backup.error + restore.error).not.toContain('word4711');
  });
});

describe('restore', () => {
  test('is refused beside a running server, and over a state that is there, unless it is forced', async () => {
    const first = await subfolder('first');
    const { server, beside } = await serveIn(first);
    await tollgate(['backup', '--to', 'early'], { cwd: first });
    await tollgate(['complete', '-m', 'sandbox/echo', 'Say hello'], beside);
    const held = await tollgate(['restore', 'early', '--force'], { cwd: first });
    expect(held).toMatchObject({ code: 4, out: '' });
    expect(held.error).toMatch(/in use by process \d+/);
    await stop(server);
    const refused = await tollgate(['restore', 'early'], { cwd: first });
    expect(refused).toMatchObject({ code: 4, out: '' });
    expect(refused.error).toMatch(/There is a state already: .*--force/);
    expect((await usageOf(first)).requests).toBe(1);
    expect(await tollgate(['restore', 'early', '--force'], { cwd: first })).toMatchObject({ code: 0 });
    expect((await usageOf(first)).requests).toBe(0);
  });

  test('touches nothing where the file is no backup, is damaged, or is of a later version', async () => {
    const first = await subfolder('first');
    await stop((await serveIn(first)).server);
    const file = join(first, 'good');
    await tollgate(['backup', '--to', file], { cwd: first });
    await writeFile(join(first, 'text'), 'no backup at all '.repeat(1000));
    await copyFile(join(first, '.tollgate/tollgate.db'), join(first, 'database'));
    const bytes = await readFile(file);
    await writeFile(join(first, 'damaged'), bytes.fill(0xff, 8192, 40_000));
    await copyFile(file, join(first, 'later'));
    const later = new DatabaseSync(join(first, 'later'));
    later.exec("insert into kysely_migration values ('9999-later', '2030-01-01')");
    later.close();
    await copyFile(file, join(first, 'outside'));
    const outside = new DatabaseSync(join(first, 'outside'));
    outside.exec("insert into tollgate_backup values ('../../../outside.txt', x'00')");
    outside.close();
    const before = await readFile(join(first, '.tollgate/tollgate.db'));
    for (const [name, message] of [
      ['none', /no backup/],
      ['text', /no backup/],
      ['database', /no backup/],
      ['damaged', /no backup|damaged/],
      ['later', /newer.*9999-later/],
      ['outside', /not known/],
    ] as const) {
      const refused = await tollgate(['restore', name, '--force'], { cwd: first });
      expect([name, refused.code === 0, refused.out]).toEqual([name, false, '']);
      expect(refused.error).toMatch(message);
      expect(refused.error.trim().split('\n')).toHaveLength(1);
    }
    expect((await readFile(join(first, '.tollgate/tollgate.db'))).equals(before)).toBe(true);
    expect(readdirSync(join(first, '.tollgate')).sort()).toEqual(['lock.db', 'secret', 'tollgate.db']);
    expect(existsSync(join(folder.path, 'outside.txt'))).toBe(false);
  });
});
