import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import type { SecretStore } from '../stores/secret-store.ts';

/** What a key is for; no key serves two purposes. */
export const keyPurposes = [
  'api-keys',
  'end-users',
  'signing',
  'receipt-principals',
  'idempotency',
  'node-messages',
] as const;
export type KeyPurpose = (typeof keyPurposes)[number];

/** The keys of one installation: 32 random bytes for each purpose, made once. */
export interface Keyring {
  key(purpose: KeyPurpose): Uint8Array;
}

export interface OpenKeyringOptions {
  readonly store: SecretStore;
  /** Wraps the keys; 32 bytes or more. */
  readonly secret: Uint8Array;
  /** Secrets that may have wrapped them before: keys that one of these opens are wrapped anew with `secret`. */
  readonly previousSecrets?: readonly Uint8Array[];
}

const keyBytes = 32;
const minSecretBytes = 32;
const formatVersion = 1;
const ivBytes = 12;
const tagBytes = 16;

/**
 * Opens the keys of this installation, and makes those that it lacks.
 *
 * Rotation can be cut at any point: with both secrets given, the next start finishes it.
 *
 * @throws {ConfigError} Where none of the secrets opens a key.
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export async function openKeyring({ store, secret, previousSecrets = [] }: OpenKeyringOptions): Promise<Keyring> {
  for (const given of [secret, ...previousSecrets]) {
    if (given.length < minSecretBytes) throw new TypeError(`secret: at least ${minSecretBytes} bytes are needed`);
  }
  const keys = new Map<KeyPurpose, Uint8Array>();
  for (const purpose of keyPurposes) keys.set(purpose, await openKey(purpose));
  return {
    key(purpose) {
      const key = keys.get(purpose);
      if (key === undefined) throw new TypeError(`purpose: there is no key for ${purpose}`);
      return key;
    },
  };

  async function openKey(purpose: KeyPurpose): Promise<Uint8Array> {
    const name = `key:${purpose}`;
    const stored =
      (await store.get(name)) ?? (await store.putIfAbsent(name, wrap(randomBytes(keyBytes), secret, purpose)));
    const key = unwrap(stored, secret, purpose);
    if (key !== undefined) return key;
    for (const previous of previousSecrets) {
      const old = unwrap(stored, previous, purpose);
      if (old === undefined) continue;
      await store.put(name, wrap(old, secret, purpose));
      return old;
    }
    throw new ConfigError({
      setting: 'TOLLGATE_SECRET',
      problem: 'does not open the keys of this installation',
      allowed: 'the secret that they were wrapped with, here or, to replace it, as TOLLGATE_SECRET_PREVIOUS',
    });
  }
}

/** Version, IV, AES-256-GCM of the key, tag. The purpose is part of what is authenticated: entries can not be swapped. */
function wrap(key: Uint8Array, secret: Uint8Array, purpose: KeyPurpose): Uint8Array {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(secret, purpose), iv, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(purpose));
  return Buffer.concat([Buffer.of(formatVersion), iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(wrapped: Uint8Array, secret: Uint8Array, purpose: KeyPurpose): Uint8Array | undefined {
  if (wrapped.length !== 1 + ivBytes + keyBytes + tagBytes || wrapped[0] !== formatVersion) return undefined;
  const iv = wrapped.subarray(1, 1 + ivBytes);
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(secret, purpose), iv, { authTagLength: tagBytes });
  decipher.setAAD(associatedData(purpose));
  decipher.setAuthTag(wrapped.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(1 + ivBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** HKDF (RFC 5869) with SHA-256, one key for each purpose. */
function wrappingKey(secret: Uint8Array, purpose: KeyPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'tollgate', `wrap ${purpose}`, keyBytes));
}

function associatedData(purpose: KeyPurpose): Uint8Array {
  return Buffer.from(`tollgate ${formatVersion} ${purpose}`);
}
