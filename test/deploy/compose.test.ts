import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/command.ts';
import { composePromises, readCompose } from './compose-promises.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'compose.yaml'), 'utf8');
const run = promisify(execFile);

describe.each(Object.entries(composePromises))('compose.yaml %s', (_, { holds, broken: [piece, instead] }) => {
  test('as it stands', () => {
    expect(holds(readCompose(text))).toEqual([]);
  });

  test('control: a file that does not keep it is found', () => {
    expect(text).toContain(piece);
    expect(holds(readCompose(text.replace(piece, instead)))).not.toEqual([]);
  });
});

describe('the secrets that compose.yaml mounts', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let secrets: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    secrets = join(folder.path, 'deploy/secrets');
    await mkdir(join(folder.path, 'deploy'));
    await cp(join(root, 'deploy/make-secrets.sh'), join(folder.path, 'deploy/make-secrets.sh'));
  });
  afterEach(() => folder.close());

  const make = () => run('sh', ['deploy/make-secrets.sh'], { cwd: folder.path });
  const read = async (name: string) => (await readFile(join(secrets, name), 'utf8')).trimEnd();

  test('are all made, each different, in a folder that only its owner opens', async () => {
    await make();
    const names = (await readdir(secrets)).sort();
    expect(names).toEqual(Object.keys(readCompose(text).secrets).sort());
    expect((await stat(secrets)).mode & 0o777).toBe(0o700);
    for (const name of names) expect((await stat(join(secrets, name))).mode & 0o777).toBe(0o444);
    const random = [await read('tollgate-secret'), await read('postgres-password'), await read('administrator-key')];
    for (const one of random) expect(one).toMatch(/^(tg_)?[0-9a-f]{64}$/);
    expect(new Set(random).size).toBe(random.length);
    expect(await read('database-url')).toBe(
      `postgres://tollgate:${await read('postgres-password')}@postgres:5432/tollgate`,
    );
    const [, password = ''] = (await read('redis.conf')).split(' ');
    expect(await read('redis-url')).toBe(`redis://:${password}@redis:6379`);
  });

  test('stay as they are when they are made again, so that no key is lost', async () => {
    await make();
    const before = await Promise.all((await readdir(secrets)).map(read));
    await writeFile(join(secrets, 'redis-url.new'), 'half of one');
    await make();
    const names = await readdir(secrets);
    expect(await Promise.all(names.filter(name => !name.endsWith('.new')).map(read))).toEqual(before);
  });
});

test('the configuration that both nodes read is one that they take', () => {
  const config = loadConfig({ env: { TOLLGATE_CONFIG: 'deploy/config/tollgate.yaml' }, cwd: root });
  expect(config.sandbox).toBe(true);
});
