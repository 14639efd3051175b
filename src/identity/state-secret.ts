import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';

export interface MasterSecrets {
  readonly secret: Uint8Array;
  readonly previousSecrets: readonly Uint8Array[];
}

export interface MasterSecretsOptions {
  readonly stateDir: string;
  /** As `TOLLGATE_SECRET` gives it. Absent: the one in the state folder, made there at the first start. */
  readonly secret?: string;
  /** As `TOLLGATE_SECRET_PREVIOUS` gives it. */
  readonly previousSecret?: string;
}

const fileName = 'secret';

/**
 * The secrets that wrap the keys of this installation.
 *
 * Where a secret is given for the first time, the one in the state folder still opens what it wrapped.
 *
 * @throws {ConfigError} Where the file in the state folder is damaged, or everybody may read it.
 */
export async function openMasterSecrets(options: MasterSecretsOptions): Promise<MasterSecrets> {
  const { stateDir, secret, previousSecret } = options;
  const path = join(stateDir, fileName);
  if (secret === undefined) {
    return { secret: (await readSecretFile(path)) ?? (await makeSecretFile(stateDir, path)), previousSecrets: [] };
  }
  const before = [previousSecret === undefined ? undefined : Buffer.from(previousSecret), await readSecretFile(path)];
  return { secret: Buffer.from(secret), previousSecrets: before.filter(given => given !== undefined) };
}

async function readSecretFile(path: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    // On Windows the mode says nothing about who may read.
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o007) !== 0) {
      throw new ConfigError({
        setting: path,
        problem: 'can be read by everybody on this machine',
        allowed: 'mode 0600',
      });
    }
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    if (fault instanceof ConfigError) throw fault;
    throw new ConfigError({ setting: path, problem: 'can not be read', allowed: 'a file of its owner', cause: fault });
  }
  const match = /^([0-9a-f]{64})\n?$/.exec(text);
  if (match?.[1] !== undefined) return Buffer.from(match[1], 'hex');
  throw new ConfigError({
    setting: path,
    problem: 'is damaged',
    allowed: 'the file as it was made: restore it, or give the secret as TOLLGATE_SECRET and remove the file',
  });
}

/** Written whole, synced and linked into place: a crash leaves no half secret, and of two processes one wins. */
async function makeSecretFile(stateDir: string, path: string): Promise<Uint8Array> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'EEXIST')) throw fault;
  } finally {
    await unlink(draft);
  }
  const made = await readSecretFile(path);
  if (made !== undefined) return made;
  throw new ConfigError({ setting: path, problem: 'was removed while it was made', allowed: 'one start at a time' });
}
