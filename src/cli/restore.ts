import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { type BackupPart, unpackBackup } from '../stores/sqlite/backup-file.ts';
import { openSqliteStores } from '../stores/sqlite/open-sqlite-stores.ts';
import { lockStateDir } from '../stores/state-lock.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const partName = /^(?:secret|catalog\/[a-z0-9][a-z0-9.-]*\.json)$/;

/** `tollgate restore`: makes the state from a file that `tollgate backup` wrote. */
export async function restore(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const options = { force: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) {
    throw new CommandError(exitCodes.usage, 'Usage: tollgate restore FILE [--force]');
  }
  const { database, stateDir } = config;
  if (database.kind === 'postgres') {
    throw new CommandError(exitCodes.failure, 'DATABASE_URL names PostgreSQL: restore it with pg_restore.');
  }
  const lock = await lockStateDir(stateDir);
  try {
    if (!values.force) refuseToReplace(stateDir, database.path);
    const about = await bringBack(resolve(file), stateDir, database.path);
    const needsSecret = !existsSync(join(stateDir, 'secret')) && config.secret === undefined;
    const reminder = needsSecret ? ' Its keys are opened by the TOLLGATE_SECRET that it was made with: set it.' : '';
    terminal.out(`Restored the state of ${about}. Counters are made from its ledger at the next start.${reminder}\n`);
    return exitCodes.success;
  } finally {
    await lock.release();
  }
}

function refuseToReplace(stateDir: string, database: string): void {
  const found = [database, join(stateDir, 'secret')].find(path => existsSync(path) && statSync(path).size > 0);
  if (found === undefined) return;
  throw new CommandError(exitCodes.unavailable, `There is a state already: ${found}. --force replaces it.`);
}

/** Nothing of the old state is touched before the new one has been opened and is found to be whole. */
async function bringBack(file: string, stateDir: string, database: string): Promise<string> {
  const draft = `${database}.${process.pid}.restored`;
  mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
  const parts = unpackBackup(file, draft);
  try {
    const about = readAbout(parts);
    const kept = parts.filter(({ name }) => name !== 'about');
    const unknown = kept.find(({ name }) => !partName.test(name));
    if (unknown !== undefined) throw new CommandError(exitCodes.failure, `${file} holds a part that is not known.`);
    await (await openSqliteStores({ file: draft })).close();
    // The log of the old database must not be taken for one of the new.
    for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    renameSync(draft, database);
    rmSync(join(stateDir, 'catalog'), { recursive: true, force: true });
    for (const part of kept) writePart(stateDir, part);
    return about;
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

function readAbout(parts: readonly BackupPart[]): string {
  const text = parts.find(({ name }) => name === 'about')?.content ?? new Uint8Array();
  const match = /^\{"version":"([\w.+-]{1,64})","at":"([\dT:.Z-]{1,32})"\}$/.exec(Buffer.from(text).toString());
  return match === null ? 'an unknown time' : `${match[2]}, version ${match[1]}`;
}

function writePart(stateDir: string, { name, content }: BackupPart): void {
  const path = join(stateDir, name);
  const draft = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  renameSync(draft, path);
}
