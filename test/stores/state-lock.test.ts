import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockStateDir, readLock } from '../../src/stores/state-lock.ts';

const module = new URL('../../src/stores/state-lock.ts', import.meta.url).href;
let dir = '';
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'tollgate-lock-')), 'state');
});
afterEach(() => rm(join(dir, '..'), { recursive: true }));

/** A process that takes the lock, says what came of it, and lives until it is killed. */
async function contender(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const script = `
    import { lockStateDir } from ${JSON.stringify(module)};
    setInterval(() => {}, 1000);
    try {
      const lock = await lockStateDir(${JSON.stringify(dir)});
      await lock.announce('http://127.0.0.1:4000');
      process.stdout.write('locked');
    } catch (error) { process.stdout.write(error.code + ' ' + error.message); }`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]);
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said) };
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

test('refuses a second process, naming pid and address of the first, and tells them to other commands', async () => {
  const { child, said } = await contender();
  expect(said).toBe('locked');
  await expect(lockStateDir(dir)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: new RegExp(`process ${child.pid} at http://127.0.0.1:4000`),
  });
  expect(await readLock(dir)).toEqual({ pid: child.pid, address: 'http://127.0.0.1:4000' });
  await kill(child);
});

test('is free once its process was killed, whatever that left behind', async () => {
  const { child } = await contender();
  await kill(child);
  expect((await stat(join(dir, 'holder.json'))).isFile()).toBe(true);
  expect(await readLock(dir)).toBeUndefined();
  const lock = await lockStateDir(dir);
  expect(await readLock(dir)).toEqual({ pid: process.pid });
  await lock.release();
  await lock.release();
  expect(await readLock(dir)).toBeUndefined();
});

test('goes to one of many processes that start together', async () => {
  const contenders = await Promise.all([1, 2, 3, 4].map(contender));
  expect(contenders.filter(({ said }) => said === 'locked')).toHaveLength(1);
  expect(contenders.filter(({ said }) => said.startsWith('CONFLICT'))).toHaveLength(3);
  await Promise.all(contenders.map(({ child }) => kill(child)));
});

test('keeps the folder and its files from other users', async () => {
  const lock = await lockStateDir(dir);
  const paths = [dir, join(dir, 'lock.db'), join(dir, 'holder.json')];
  const modes = await Promise.all(paths.map(async path => ((await stat(path)).mode & 0o777).toString(8)));
  expect(modes).toEqual(['700', '600', '600']);
  await lock.release();
});

test('holds against its own process too', async () => {
  const lock = await lockStateDir(dir);
  await expect(lockStateDir(dir)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await readLock(dir)).toEqual({ pid: process.pid });
  await lock.release();
});

test('is held by nobody where there is no folder', async () => {
  expect(await readLock(join(dir, 'none'))).toBeUndefined();
});
