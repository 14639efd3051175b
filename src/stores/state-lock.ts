import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../errors.ts';

const lockName = 'lock.db';
const holderName = 'holder.json';
const busyCode = 5;
/** Long enough to outlast another command that looks whether the lock is free. */
const probeMs = 100;

/** Who holds a state folder. */
export interface StateLockHolder {
  /** As the holder's own machine or container counts it. */
  readonly pid: number;
  /** Where it listens; absent until it does. */
  readonly address?: string;
}

export interface StateLock {
  /** Tells others where this process listens. */
  announce(address: string): Promise<void>;
  release(): Promise<void>;
}

/** Held for the life of the process even where the caller drops its lock. */
const held = new Set<DatabaseSync>();

/**
 * Takes the state folder for this process, and makes it, open to nobody else, where it is missing.
 *
 * The lock is the operating system's, through an exclusive SQLite transaction: it ends with the process, however that
 * ends, so no stale one is left, and of two that start together one gets it. A file beside it names the holder.
 *
 * @throws {GatewayError} CONFLICT where another process holds it, naming pid and address; STORE_UNAVAILABLE where the
 * folder cannot be written.
 */
export async function lockStateDir(dir: string): Promise<StateLock> {
  await makePrivate(dir);
  const database = transact(join(dir, lockName), 'BEGIN EXCLUSIVE');
  if (database === undefined) {
    const holder = await readHolder(dir);
    const who = holder.pid === 0 ? 'another process' : `process ${holder.pid}`;
    const where = holder.address === undefined ? '' : ` at ${holder.address}`;
    throw new GatewayError(
      'CONFLICT',
      `the state folder ${dir} is in use by ${who}${where}: stop it, or set TOLLGATE_STATE_DIR to another folder`,
    );
  }
  held.add(database);
  let isReleased = false;
  const lock: StateLock = {
    announce: address => writeHolder(dir, { pid: process.pid, address }),
    async release() {
      if (isReleased) return;
      isReleased = true;
      await rm(join(dir, holderName), { force: true });
      held.delete(database);
      database.close();
    },
  };
  try {
    await writeHolder(dir, { pid: process.pid });
  } catch (cause) {
    await lock.release();
    throw new GatewayError('STORE_UNAVAILABLE', `the state folder ${dir} cannot be written`, { cause });
  }
  return lock;
}

/** Who holds the folder now; undefined where nobody does, whatever a dead process left behind. */
export async function readLock(dir: string): Promise<StateLockHolder | undefined> {
  const file = join(dir, lockName);
  if (!(await exists(file))) return undefined;
  const database = transact(file, 'BEGIN; SELECT 1 FROM sqlite_master');
  database?.close();
  return database === undefined ? readHolder(dir) : undefined;
}

/** @returns Undefined where another connection's lock stands against it. */
function transact(file: string, statements: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${probeMs}; ${statements}`);
    return database;
  } catch (cause) {
    database?.close();
    const isBusy = cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === busyCode;
    if (isBusy) return undefined;
    throw new GatewayError('STORE_UNAVAILABLE', `the lock file cannot be used: ${file}`, { cause });
  }
}

async function makePrivate(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    if (await exists(join(dir, lockName))) return;
    const handle = await open(join(dir, lockName), 'a', 0o600);
    await handle.close();
  } catch (cause) {
    throw new GatewayError('STORE_UNAVAILABLE', `the state folder ${dir} cannot be written`, { cause });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function writeHolder(dir: string, holder: StateLockHolder): Promise<void> {
  const draft = join(dir, `${holderName}.${process.pid}`);
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  await rename(draft, join(dir, holderName));
}

/** A holder that has not written its name yet is there, but unknown: pid 0. */
async function readHolder(dir: string): Promise<StateLockHolder> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(dir, holderName), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return { pid: 0 };
    const pid = 'pid' in parsed && typeof parsed.pid === 'number' ? parsed.pid : 0;
    return 'address' in parsed && typeof parsed.address === 'string' ? { pid, address: parsed.address } : { pid };
  } catch {
    return { pid: 0 };
  }
}
