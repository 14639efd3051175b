import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, idAt, opened } from '../../src/testing/ledger-entries.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-faults-'));
});
afterEach(() => rm(folder, { recursive: true }));

const unavailable = { code: 'STORE_UNAVAILABLE' };
const start = Date.UTC(2026, 10, 4);
const completion = opened(idAt(start, 1), start);

test('keeps its files, and the folder that it makes, from other users', async () => {
  const file = join(folder, 'state', 'tollgate.db');
  const { secrets, close } = await openSqliteStores({ file });
  await secrets.put('a', new Uint8Array(1));
  const modes = await Promise.all([join(folder, 'state'), file, `${file}-wal`, `${file}-shm`].map(path => stat(path)));
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600']);
  await close();
});

test('refuses a database that is newer than the code, and leaves it as it is', async () => {
  const file = join(folder, 'tollgate.db');
  await (await openSqliteStores({ file })).close();
  const database = new DatabaseSync(file);
  const before = Number(database.prepare('SELECT count(*) AS count FROM kysely_migration').get()?.count);
  database.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2030-01-01')");
  await expect(openSqliteStores({ file })).rejects.toMatchObject({ ...unavailable, message: /newer.*9999-later/ });
  expect(database.prepare('SELECT count(*) AS count FROM kysely_migration').get()).toEqual({ count: before + 1 });
  database.close();
});

test('says that the store is unavailable where the file is no database or cannot be made', async () => {
  await writeFile(join(folder, 'text.db'), 'no database at all '.repeat(1000));
  await expect(openSqliteStores({ file: join(folder, 'text.db') })).rejects.toMatchObject(unavailable);
  await mkdir(join(folder, 'folder.db'));
  await expect(openSqliteStores({ file: join(folder, 'folder.db') })).rejects.toMatchObject(unavailable);
});

test('rejects every write of a moment while another process holds the database, and works again afterwards', async () => {
  const file = join(folder, 'tollgate.db');
  const { ledger, access, close } = await openSqliteStores({ file, busyTimeoutMs: 50 });
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const writes = [ledger.openCompletion(completion), access.createProject({ id: 'p', name: 'p', createdAt: 1 })];
  for (const outcome of await Promise.allSettled(writes)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { ...unavailable, retryable: true } });
  }
  other.exec('ROLLBACK');
  await ledger.openCompletion(completion);
  await ledger.openAttempt(attempted(completion, 2));
  other.close();
  await close();
});

test('rejects what does not fit on the disk, loses nothing acknowledged before, and works again afterwards', async () => {
  const file = join(folder, 'tollgate.db');
  await (await openSqliteStores({ file })).close();
  const { secrets, close } = await openSqliteStores({ file, maxPages: 60 });
  await secrets.put('small', new Uint8Array(10));
  await expect(secrets.put('big', new Uint8Array(10_000_000))).rejects.toMatchObject(unavailable);
  await secrets.put('after', new Uint8Array(10));
  expect(await secrets.get('small')).toEqual(new Uint8Array(10));
  expect(await secrets.get('big')).toBeUndefined();
  await close();
});

test('rejects, and never hangs, once it is closed', async () => {
  const { ledger, access, close } = await openSqliteStores({ file: ':memory:' });
  const last = ledger.openCompletion(completion);
  await close();
  await close();
  await last;
  await expect(ledger.openAttempt(attempted(completion, 2))).rejects.toMatchObject(unavailable);
  await expect(access.projects(['p'])).rejects.toMatchObject(unavailable);
});

test('names the entry that is misused', async () => {
  const { ledger, close } = await openSqliteStores({ file: ':memory:' });
  await expect(ledger.openCompletion({ ...completion, id: 'c1' })).rejects.toThrow(/createdAt.*UUIDv7/);
  await expect(ledger.openCompletion({ ...completion, maxOutputTokens: 1.5 })).rejects.toThrow(/maxOutputTokens/);
  await expect(openSqliteStores({ file: '' })).rejects.toThrow(/file/);
  await close();
});

test.each(['tollgate-store', 'tollgate-reports'])(
  'says that it is of no use once its thread %s has died',
  async name => {
    const workers: Worker[] = [];
    const note = (worker: Worker) => workers.push(worker);
    process.on('worker', note);
    const stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
    process.off('worker', note);
    expect(stores.isUsable).toBe(true);
    const died = workers.find(({ threadName }) => threadName === name);
    await died?.terminate();
    expect(stores.isUsable).toBe(false);
    const asked =
      name === 'tollgate-store' ? stores.access.projects(['p']) : stores.ledger.completions([completion.id]);
    await expect(asked).rejects.toMatchObject(unavailable);
    await stores.close();
  },
);

test('says that it is of no use once it was closed', async () => {
  const stores = await openSqliteStores({ file: ':memory:' });
  await stores.close();
  expect(stores.isUsable).toBe(false);
});
