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
export function findPrograms(path: string, furtherFolders: readonly string[] = usualFolders()): Programs {
  const folders = [...path.split(delimiter), ...furtherFolders];
  const holding = (name: string, among: readonly string[]) => among.find(folder => existsSync(join(folder, name)));
  const redis = holding('redis-server', folders);
  const nginx = holding('nginx', folders);
  const postgresFolder = holding('initdb', folders);
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

/** Where such programs are that are not in the path. Debian keeps PostgreSQL's by version: the newest first. */
function usualFolders(): readonly string[] {
  const home = '/usr/lib/postgresql';
  const versions = existsSync(home) ? readdirSync(home).map(Number) : [];
  const postgresFolders = versions
    .filter(version => version >= 15)
    .sort((left, right) => right - left)
    .map(version => join(home, String(version), 'bin'));
  return ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin', ...postgresFolders];
}
