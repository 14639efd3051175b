import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkPostgresUrl } from '../config/database-settings.ts';
import type { Config } from '../config.ts';
import { copyInstallation } from '../copy-installation.ts';
import { ConfigError } from '../errors.ts';
import { openStores } from '../open-stores.ts';
import type { CopyProgress } from '../stores/sql/copy-tables.ts';
import { lockStateDir } from '../stores/state-lock.ts';
import { systemClock } from '../system-clock.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { formatTable, type Terminal } from './terminal.ts';

const progressEveryMs = 1000;

/** `tollgate migrate`: brings the database to this version, or copies a SQLite installation to PostgreSQL. */
export async function migrate(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const { values } = parseArgs({ args: [...argv], options: { to: { type: 'string' } } });
  const lock = await lockStateDir(config.stateDir);
  try {
    if (values.to === undefined) await bringUp(terminal, config);
    else await copyTo(values.to, terminal, config);
    return exitCodes.success;
  } finally {
    await lock.release();
  }
}

async function bringUp(terminal: Terminal, config: Config): Promise<void> {
  const stores = await openStores({ ...config, migrate: 'at-start' }, systemClock.now);
  await stores.close();
  const steps = stores.migrated.map(name => `  ${name}\n`).join('');
  terminal.out(
    steps === '' ? 'The database is at this version already.\n' : `Brought the database to this version:\n${steps}`,
  );
}

async function copyTo(given: string, terminal: Terminal, config: Config): Promise<void> {
  const url = checkPostgresUrl('--to', given);
  const { database, secret } = config;
  if (database.kind !== 'sqlite') {
    throw new CommandError(exitCodes.usage, '--to copies a SQLite installation, but DATABASE_URL names PostgreSQL.');
  }
  if (!existsSync(database.path)) {
    throw new CommandError(exitCodes.unavailable, `There is no installation to copy: ${database.path} does not exist.`);
  }
  if (secret === undefined) {
    throw new ConfigError({
      setting: 'TOLLGATE_SECRET',
      problem: 'is not set, but wraps the keys of the copy',
      allowed: '32 bytes or more, the same on every node',
    });
  }
  const onProgress = progressOn(terminal);
  const { counts, altered } = await copyInstallation({ config, file: database.path, url: url.reveal(), onProgress });
  for (const table of altered) {
    terminal.error(
      `${table}: texts with NUL characters, which PostgreSQL does not keep, have U+FFFD in their place.\n`,
    );
  }
  const rows = [...counts].map(([table, count]) => [table, String(count)]);
  terminal.out(
    `Copied, counted and added up, with the same result:\n${formatTable(rows, [false, true])}\n\n` +
      'Start every node with DATABASE_URL set to the new database, REDIS_URL, and the TOLLGATE_SECRET of this command.\n' +
      `The SQLite installation in ${config.stateDir} is as it was: start no server on it any more.\n`,
  );
}

function progressOn(terminal: Terminal): (progress: CopyProgress) => void {
  let last = performance.now();
  return ({ table, copied, all }) => {
    const now = performance.now();
    if (copied < all && now - last < progressEveryMs) return;
    last = now;
    terminal.error(`${table}: ${copied} of ${all}\n`);
  };
}
