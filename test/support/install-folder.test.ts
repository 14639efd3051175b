import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from './command.ts';
import { installFolder, isInstalled } from './install-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A folder whose lock file names one package, which lies beside it: nothing has to be downloaded. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(join(path, 'local'), { recursive: true });
  await writeFile(join(path, 'local/package.json'), '{ "name": "local", "version": "1.2.3" }');
  const dependencies = { local: 'file:local' };
  await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'folder', private: true, dependencies }));
  const lock = (version: string) => ({
    name: 'folder',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'folder', dependencies },
      local: { version },
      'node_modules/local': { resolved: 'local', link: true },
      'node_modules/for-another-system': { version: '1.0.0', optional: true, os: ['none'] },
    },
  });
  await writeFile(join(path, 'package-lock.json'), JSON.stringify(lock('1.2.3')));
}

test('installs what a lock file says where it is missing or other, once for all who ask, and leaves it then', async () => {
  const folder = await temporaryFolder();
  await makeFolder(folder.path);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(isInstalled(folder.path)).toBe(false);
  await Promise.all([installFolder(folder.path), installFolder(folder.path)]);
  expect(isInstalled(folder.path)).toBe(true);
  expect(told.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/running "npm ci" there/)]);
  expect(existsSync(join(folder.path, 'node_modules/local/package.json'))).toBe(true);
  expect(existsSync(join(folder.path, '.installing'))).toBe(false);

  const hidden = join(folder.path, 'node_modules/.package-lock.json');
  await writeFile(hidden, readFileSync(hidden, 'utf8').replaceAll('1.2.3', '1.2.2'));
  expect(isInstalled(folder.path)).toBe(false);
  await installFolder(folder.path);
  expect(isInstalled(folder.path)).toBe(true);
  expect(told).toHaveBeenCalledTimes(2);
  told.mockRestore();
  await folder.close();
});

test('takes over from a process that died while it installed', async () => {
  const folder = await temporaryFolder();
  await makeFolder(folder.path);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await mkdir(join(folder.path, '.installing'));
  // No process has this number.
  await writeFile(join(folder.path, '.installing/pid'), '4194305');
  await installFolder(folder.path);
  expect(isInstalled(folder.path)).toBe(true);
  told.mockRestore();
  await folder.close();
});

test('touches no install that is shared by a link', async () => {
  const folder = await temporaryFolder();
  await makeFolder(folder.path);
  await mkdir(join(folder.path, 'elsewhere'));
  await symlink(join(folder.path, 'elsewhere'), join(folder.path, 'node_modules'));
  await expect(installFolder(folder.path)).rejects.toThrow(/its node_modules is a link/);
  expect(existsSync(join(folder.path, 'elsewhere/local'))).toBe(false);
  await rm(join(folder.path, 'node_modules'));
  await folder.close();
});
