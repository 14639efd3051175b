import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '../..');
const longestInstallMs = 600_000;

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

/**
 * Sees to it that a folder with a lock file of its own has what that says, by `npm ci` where it has not.
 *
 * Gateways and composers are no dependencies of the project: only the tests that start them pay for their install, once.
 * Tests in other processes wait for the one that installs.
 *
 * @param folder From the root of the project, or absolute.
 * @returns Where it is.
 */
export async function installFolder(folder: string): Promise<string> {
  const place = resolve(root, folder);
  if (isInstalled(place)) return place;
  const lock = join(place, '.installing');
  const until = performance.now() + longestInstallMs;
  while (!take(lock)) {
    if (performance.now() > until) throw new Error(`${folder}: another process has been installing for ten minutes`);
    await delay(500);
  }
  try {
    if (!isInstalled(place)) install(place, folder);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return place;
}

/** Whether every package of the lock file is there in its version; some are for other systems only. */
export function isInstalled(place: string): boolean {
  const installed = readLock(join(place, 'node_modules/.package-lock.json'));
  const wanted = readLock(join(place, 'package-lock.json'));
  if (wanted === undefined) throw new Error(`${place}: there is no package-lock.json`);
  if (installed === undefined) return false;
  return Object.entries(wanted.packages).every(([path, { version, optional = false }]) => {
    const found = installed.packages[path]?.version;
    return path === '' || found === version || (optional && found === undefined);
  });
}

function install(place: string, folder: string): void {
  const modules = join(place, 'node_modules');
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    throw new Error(`${folder}: its node_modules is a link; run "npm ci" where that leads to`);
  }
  process.stderr.write(`${folder}: running "npm ci" there, for the tests that need it; once, it takes a minute.\n`);
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: place, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${folder}: "npm ci" failed there; run it by hand.\n${stderr.slice(-2_000)}`);
}

/** A folder is made by one process only. What a dead one has left is taken over. */
function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch {
    if (isAlive(join(lock, 'pid'))) return false;
    rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isAlive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch (fault) {
    // The one that made the folder has not written its number yet.
    return (fault as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(resolve(file, '..'));
  }
}

function readLock(file: string): LockFile | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LockFile) : undefined;
}
