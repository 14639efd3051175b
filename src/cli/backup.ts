import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { type BackupPart, writeBackup } from '../stores/sqlite/backup-file.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `tollgate backup`: writes the whole state into one file, beside a running server too. */
export function backup(argv: readonly string[], terminal: Terminal, config: Config, version: string): ExitCode {
  const { values } = parseArgs({ args: [...argv], options: { to: { type: 'string' } } });
  const { database, stateDir } = config;
  if (database.kind === 'postgres') {
    throw new CommandError(
      exitCodes.failure,
      'DATABASE_URL names PostgreSQL: back it up with pg_dump, and keep TOLLGATE_SECRET, tollgate.yaml and the folder ' +
        `${join(stateDir, 'catalog')} beside it; Redis needs no backup.`,
    );
  }
  if (values.to === undefined) throw new CommandError(exitCodes.usage, 'Usage: tollgate backup --to FILE');
  if (!existsSync(database.path)) {
    throw new CommandError(exitCodes.unavailable, `There is no state to back up: ${database.path} does not exist.`);
  }
  const file = resolve(values.to);
  if (existsSync(file)) throw new CommandError(exitCodes.failure, `${values.to} exists already.`);
  const parts = stateParts(stateDir);
  const about = { version, at: new Date().toISOString() };
  const aboutPart = { name: 'about', content: Buffer.from(JSON.stringify(about)) };
  writeBackup(database.path, [aboutPart, ...parts], file);
  terminal.out(`Wrote ${values.to}. ${secretLine(parts)}\n`);
  return exitCodes.success;
}

function secretLine(parts: readonly BackupPart[]): string {
  return parts.some(({ name }) => name === 'secret')
    ? 'It holds the secret that opens its keys: keep it as safe as the state itself.'
    : 'Its keys are opened by TOLLGATE_SECRET, which is not in it: keep that apart.';
}

/** What the state folder keeps beside the database. */
function stateParts(stateDir: string): readonly BackupPart[] {
  const catalog = join(stateDir, 'catalog');
  const imported = existsSync(catalog) ? readdirSync(catalog).filter(name => name.endsWith('.json')) : [];
  return ['secret', ...imported.map(name => `catalog/${name}`)]
    .filter(name => existsSync(join(stateDir, name)))
    .map(name => ({ name, content: readFileSync(join(stateDir, name)) }));
}
