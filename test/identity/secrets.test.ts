import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { openAdministratorKey } from '../../src/identity/administrator-key.ts';
import { generateApiKeySecret, hashSecret, isApiKeySecret } from '../../src/identity/keys.ts';
import { keyPurposes, openKeyring } from '../../src/identity/secrets.ts';
import { openMasterSecrets } from '../../src/identity/state-secret.ts';
import { openStores } from './open-access.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'tollgate-'));
  folders.push(made);
  return made;
}

describe('keys of each purpose', () => {
  test('are made once, differ from each other, and are never stored as they are', async () => {
    const values = new Map<string, Uint8Array>();
    const { secrets: store } = await openStores();
    const watched = {
      ...store,
      putIfAbsent(name: string, value: Uint8Array) {
        values.set(name, value);
        return store.putIfAbsent(name, value);
      },
    };
    const secret = randomBytes(32);
    const [first, second] = await Promise.all([
      openKeyring({ store: watched, secret }),
      openKeyring({ store: watched, secret }),
    ]);
    const later = await openKeyring({ store, secret });
    const keys = keyPurposes.map(purpose => Buffer.from(first.key(purpose)).toString('hex'));
    expect(new Set(keys).size).toBe(keyPurposes.length);
    for (const purpose of keyPurposes) {
      expect(second.key(purpose)).toEqual(first.key(purpose));
      expect(later.key(purpose)).toEqual(first.key(purpose));
    }
    for (const value of values.values()) {
      for (const key of keys) expect(Buffer.from(value).toString('hex')).not.toContain(key);
    }
  });

  test('survive a rotation, after which the old secret opens nothing', async () => {
    const { secrets: store } = await openStores();
    const [old, fresh] = [randomBytes(32), randomBytes(40)];
    const before = await openKeyring({ store, secret: old });
    await openKeyring({ store, secret: fresh, previousSecrets: [randomBytes(32), old] });
    const after = await openKeyring({ store, secret: fresh });
    for (const purpose of keyPurposes) expect(after.key(purpose)).toEqual(before.key(purpose));
    await expect(openKeyring({ store, secret: old })).rejects.toThrow(ConfigError);
  });

  test('a rotation that was cut half-way is finished by the next start', async () => {
    const { secrets: store } = await openStores();
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const before = await openKeyring({ store, secret: old });
    let puts = 0;
    const dying = {
      ...store,
      put: (name: string, value: Uint8Array) =>
        ++puts > 1 ? Promise.reject(new Error('killed')) : store.put(name, value),
    };
    await expect(openKeyring({ store: dying, secret: fresh, previousSecrets: [old] })).rejects.toThrow('killed');
    const after = await openKeyring({ store, secret: fresh, previousSecrets: [old] });
    for (const purpose of keyPurposes) expect(after.key(purpose)).toEqual(before.key(purpose));
  });

  test('a wrong secret, a changed byte or an entry of another purpose stops the start with one line', async () => {
    const secret = randomBytes(32);
    for (const damage of ['secret', 'byte', 'swap']) {
      const { secrets: store } = await openStores();
      await openKeyring({ store, secret });
      const name = `key:${keyPurposes[0]}`;
      const wrapped = Buffer.from((await store.get(name)) ?? []);
      if (damage === 'byte') wrapped[20] = (wrapped[20] ?? 0) ^ 1;
      const other = (await store.get(`key:${keyPurposes[1]}`)) ?? wrapped;
      await store.put(name, damage === 'swap' ? other : wrapped);
      const opened = openKeyring({ store, secret: damage === 'secret' ? randomBytes(32) : secret });
      await expect(opened).rejects.toThrow(
        /^TOLLGATE_SECRET: does not open the keys of this installation; allowed: [^\n]+$/,
      );
    }
    await expect(openKeyring({ store: (await openStores()).secrets, secret: randomBytes(31) })).rejects.toThrow(
      TypeError,
    );
  });
});

describe('the secret in the state folder', () => {
  test('is made once, for its owner only, also by two starts at the same time', async () => {
    const stateDir = join(await folder(), 'state');
    const made = await Promise.all([1, 2, 3].map(() => openMasterSecrets({ stateDir })));
    const again = await openMasterSecrets({ stateDir });
    for (const { secret } of made) expect(secret).toEqual(again.secret);
    expect(again.secret).toHaveLength(32);
    expect((await stat(join(stateDir, 'secret'))).mode & 0o777).toBe(0o600);
    expect(await readdir(stateDir)).toEqual(['secret']);
  });

  test('still opens what it wrapped once a secret is given', async () => {
    const stateDir = await folder();
    const { secrets: store } = await openStores();
    const before = await openKeyring({ store, ...(await openMasterSecrets({ stateDir })) });
    const given = await openMasterSecrets({ stateDir, secret: 'x'.repeat(32) });
    const after = await openKeyring({ store, ...given });
    expect(after.key('api-keys')).toEqual(before.key('api-keys'));
  });

  test('is refused when it is damaged, or everybody may read it', async () => {
    const stateDir = await folder();
    await writeFile(join(stateDir, 'secret'), 'short', { mode: 0o600 });
    await expect(openMasterSecrets({ stateDir })).rejects.toThrow(/is damaged/);
    await chmod(join(stateDir, 'secret'), 0o644);
    await expect(openMasterSecrets({ stateDir })).rejects.toThrow(/mode 0600/);
  });
});

describe('secrets of API keys', () => {
  test('have a form that scanners find and a checksum that catches slips', () => {
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count++) {
      const { secret, prefix } = generateApiKeySecret();
      expect(secret).toMatch(/^tg_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/);
      expect(secret.startsWith(`${prefix}_`)).toBe(true);
      expect(isApiKeySecret(secret)).toBe(true);
      seen.add(secret);
    }
    expect(seen.size).toBe(1000);
    const { secret } = generateApiKeySecret();
    for (let index = 3; index < secret.length; index++) {
      const slip = secret[index] === '7' ? '8' : '7';
      expect(isApiKeySecret(secret.slice(0, index) + slip + secret.slice(index + 1))).toBe(false);
    }
  });

  test('the generated administrator key is shown by the first start only, and a given one replaces it', async () => {
    const { secrets: store } = await openStores();
    const hashKey = randomBytes(32);
    const starts = await Promise.all([1, 2].map(() => openAdministratorKey({ store, hashKey })));
    const shown = starts.flatMap(({ generated }) => generated ?? []);
    expect(shown).toHaveLength(1);
    for (const { secretHash } of starts) expect(Buffer.from(secretHash)).toEqual(hashSecret(hashKey, shown[0] ?? ''));
    expect(await openAdministratorKey({ store, hashKey })).not.toHaveProperty('generated');
    const given = 'administrator-key-of-32-characters!';
    expect((await openAdministratorKey({ store, hashKey, given })).secretHash).toEqual(hashSecret(hashKey, given));
  });
});
