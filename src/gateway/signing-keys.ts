import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Clock } from '../model/clock.ts';
import type { SecretStore } from '../stores/secret-store.ts';

/** A public Ed25519 key as a JSON Web Key (RFC 8037). */
export interface PublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

export interface SigningKey {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/** The keys that receipts and heads of the audit log are signed with. */
export interface SigningKeys {
  /** The newest; a new one is made where it is older than it may be. */
  current(): Promise<SigningKey>;
  /** All that there ever were: what an old one signed can be verified for ever. */
  publicKeys(): Promise<readonly PublicKey[]>;
}

export interface SigningKeysOptions {
  readonly store: SecretStore;
  /** 32 bytes: keeps private keys unreadable in the store. */
  readonly wrappingKey: Uint8Array;
  readonly clock: Clock;
  /** How old the newest may be, in milliseconds. */
  readonly rotateAfterMs: number;
}

/** One generation, as it is kept. */
interface KeptKey {
  readonly publicKey: PublicKey;
  readonly createdAt: number;
  /** Base64: IV, AES-256-GCM of the seed, tag. */
  readonly wrapped: string;
}

const ivBytes = 12;
const tagBytes = 16;

/** A generation with its private key, which shows that who wrote it holds the wrapping key. */
interface OpenedKey extends SigningKey {
  readonly createdAt: number;
}

/** Opens the signing keys of an installation. They are numbered, so that two nodes that make one at once agree on it. */
export function openSigningKeys({ store, wrappingKey, clock, rotateAfterMs }: SigningKeysOptions): SigningKeys {
  /** By generation, without gaps. */
  const opened: OpenedKey[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: what is loaded and made builds on what is there. */
  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = last.then(action);
    last = done.catch(() => {});
    return done;
  }

  async function load(): Promise<void> {
    for (;;) {
      const value = await store.get(nameOf(opened.length));
      if (value === undefined) return;
      opened.push(openKey(value, wrappingKey));
    }
  }

  async function make(): Promise<void> {
    const value = Buffer.from(JSON.stringify(generate(wrappingKey, clock.now())));
    const stored = await store.putIfAbsent(nameOf(opened.length), value);
    opened.push(openKey(stored, wrappingKey));
  }

  function isDue(): boolean {
    const newest = opened.at(-1);
    return newest === undefined || clock.now() - newest.createdAt >= rotateAfterMs;
  }

  return {
    async current() {
      if (isDue()) {
        await inTurn(async () => {
          if (isDue()) await load();
          if (isDue()) await make();
        });
      }
      const newest = opened.at(-1);
      if (newest === undefined) throw new TypeError('signing keys: none could be made');
      return newest;
    },
    async publicKeys() {
      await inTurn(load);
      return opened.map(({ publicKey }) => publicKey);
    },
  };
}

function nameOf(generation: number): string {
  return `signing-key:${generation}`;
}

/**
 * Opens a kept key. Its public part is worked out from the private one: a key that somebody without the wrapping key put
 * into the store is none.
 *
 * @throws {Error} Where it cannot be unwrapped, or is not what it says.
 */
function openKey(value: Uint8Array, wrappingKey: Uint8Array): OpenedKey {
  const kept = JSON.parse(Buffer.from(value).toString('utf8')) as KeptKey;
  const privateKey = unwrap(kept, wrappingKey);
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x !== kept.publicKey.x || thumbprint(x) !== kept.publicKey.kid) {
    throw new TypeError('signing keys: a key in the store is not the one that it says');
  }
  return { publicKey: kept.publicKey, privateKey, createdAt: kept.createdAt };
}

/** RFC 7638. */
function thumbprint(x: string): string {
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

function generate(wrappingKey: Uint8Array, createdAt: number): KeptKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const kid = thumbprint(x);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(kid));
  const sealed = [iv, cipher.update(d, 'base64url'), cipher.final(), cipher.getAuthTag()];
  return {
    publicKey: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' },
    createdAt,
    wrapped: Buffer.concat(sealed).toString('base64'),
  };
}

function unwrap({ wrapped, publicKey }: KeptKey, wrappingKey: Uint8Array): KeyObject {
  const bytes = Buffer.from(wrapped, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(publicKey.kid));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const seed = Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
  const { kty, crv, x } = publicKey;
  return createPrivateKey({ key: { kty, crv, x, d: seed.toString('base64url') }, format: 'jwk' });
}
