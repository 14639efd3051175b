import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An API key as its holder sees it, once. */
export interface NewApiKeySecret {
  readonly secret: string;
  /** The first characters of the secret; they tell keys apart and open nothing. */
  readonly prefix: string;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefixLength = 8;
/** 62 ** 43 exceeds 2 ** 256. */
const randomLength = 43;
const checksumLength = 6;
const pattern = /^(tg_[0-9A-Za-z]{8}_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * Makes the secret of an API key: `tg_<8 characters>_<256 random bits><checksum>`, in base 62.
 *
 * The fixed start lets scanners find a leaked key, and the checksum keeps them, and the database, from chasing others.
 */
export function generateApiKeySecret(): NewApiKeySecret {
  const prefix = `tg_${base62(toBigInt(randomBytes(8)) % 62n ** BigInt(prefixLength), prefixLength)}`;
  const body = `${prefix}_${base62(toBigInt(randomBytes(32)), randomLength)}`;
  return { secret: body + checksumOf(body), prefix };
}

/** Whether the text has the form and the checksum of an API key. Says nothing of whether there is such a key. */
export function isApiKeySecret(text: string): boolean {
  const match = pattern.exec(text);
  return match?.[1] !== undefined && checksumOf(match[1]) === match[2];
}

/** The form in which secrets are kept and looked up: HMAC-SHA256 (RFC 2104) with a key of this installation, 32 bytes. */
export function hashSecret(key: Uint8Array, secret: string): Uint8Array {
  return createHmac('sha256', key).update(secret).digest();
}

/** Compares two hashes in a time that does not depend on them. */
export function isSameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function checksumOf(body: string): string {
  return base62(BigInt(crc32(body)), checksumLength);
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let digit = 0; digit < length; digit++) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
