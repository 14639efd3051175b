import { closeSync, copyFileSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../errors.ts';

const table = 'tollgate_backup';
/** Another process may be moving its log. */
const busyTimeoutMs = 10_000;

/** Something that belongs to a backup beside the database. */
export interface BackupPart {
  readonly name: string;
  readonly content: Uint8Array;
}

/**
 * Writes one file with all that stood in a database at one moment, and these parts: a SQLite database with a table more,
 * readable by its owner only. Others may write to the database meanwhile.
 *
 * @throws {GatewayError} CONFLICT where the file exists; STORE_UNAVAILABLE.
 */
export function writeBackup(database: string, parts: readonly BackupPart[], file: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    // Not for reading only: such a connection would leave the files of its log behind.
    withDatabase(database, false, source => source.prepare('vacuum into ?').run(draft));
    withDatabase(draft, false, copy => {
      copy.exec(`create table ${table} (name text primary key, content blob not null)`);
      const insert = copy.prepare(`insert into ${table} values (?, ?)`);
      for (const { name, content } of parts) insert.run(name, content);
    });
    flush(draft);
    // Fails where somebody else made it meanwhile.
    linkSync(draft, file);
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (isThere) throw new GatewayError('CONFLICT', `${file} exists already`, { cause });
    throw new GatewayError('STORE_UNAVAILABLE', `the backup could not be written to ${file}`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Makes a database from a backup, of which nothing else is left in it. The file must not be there.
 *
 * @returns The parts beside the database.
 * @throws {GatewayError} BAD_USER_INPUT where the file is no whole backup; STORE_UNAVAILABLE.
 */
export function unpackBackup(file: string, database: string): readonly BackupPart[] {
  const parts = readParts(file);
  try {
    closeSync(openSync(database, 'wx', 0o600));
    copyFileSync(file, database);
    // What is dropped is overwritten: the secret stays in no free page.
    withDatabase(database, false, copy => copy.exec(`pragma secure_delete = on; drop table ${table}`));
    flush(database);
    return parts;
  } catch (cause) {
    rmSync(database, { force: true });
    throw new GatewayError('STORE_UNAVAILABLE', `the database could not be written to ${database}`, { cause });
  }
}

function readParts(file: string): readonly BackupPart[] {
  try {
    return withDatabase(file, true, backup => {
      const parts = backup.prepare(`select name, content from ${table} order by name`).all();
      const checks = backup.prepare('pragma integrity_check').all();
      if (checks.length !== 1 || checks[0]?.integrity_check !== 'ok') throw new Error('damaged');
      return parts.map(({ name, content }) => {
        if (!(content instanceof Uint8Array)) throw new Error('damaged');
        return { name: String(name), content };
      });
    });
  } catch (cause) {
    throw new GatewayError('BAD_USER_INPUT', `${file} is no backup of this program, or is damaged`, { cause });
  }
}

function withDatabase<T>(file: string, readOnly: boolean, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly });
  try {
    database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
    return work(database);
  } finally {
    database.close();
  }
}

function flush(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
