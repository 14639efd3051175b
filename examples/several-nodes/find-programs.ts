import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What has to be installed, as absolute names. */
export interface Programs {
  readonly redis: string;
  readonly nginx: string;
  /** The folder of `initdb` and `postgres`. */
  readonly postgresFolder: string;
}

/**
 * Finds Redis, PostgreSQL and nginx on this machine.
 *
 * @throws {Error} With the names of all that are missing, and how to get them.
 */
export function findPrograms(path: string): Programs {
  const folders = [...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin', '/usr/local/bin'];
  const holding = (name: string, among: readonly string[]) => among.find(folder => existsSync(join(folder, name)));
  const redis = holding('redis-server', folders);
  const nginx = holding('nginx', folders);
  const postgresFolder = holding('initdb', [...folders, ...debianPostgresFolders()]);
  if (redis !== undefined && nginx !== undefined && postgresFolder !== undefined) {
    return { redis: join(redis, 'redis-server'), nginx: join(nginx, 'nginx'), postgresFolder };
  }
  const missing = [
    ...(redis === undefined ? ['redis-server'] : []),
    ...(postgresFolder === undefined ? ['postgresql'] : []),
    ...(nginx === undefined ? ['nginx'] : []),
  ];
  throw new Error(
    `Missing on this machine: ${missing.join(', ')}. On Debian and Ubuntu: apt-get install ${missing.join(' ')}`,
  );
}

/** Debian keeps the server's programs out of the path, by version; the newest first. */
function debianPostgresFolders(): readonly string[] {
  const home = '/usr/lib/postgresql';
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .map(Number)
    .filter(version => version >= 15)
    .sort((left, right) => right - left)
    .map(version => join(home, String(version), 'bin'));
}
