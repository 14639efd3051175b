import type { SecretStore } from '../stores/secret-store.ts';
import { generateApiKeySecret, hashSecret } from './keys.ts';

export interface AdministratorKey {
  /** What a presented secret's hash is compared with. */
  readonly secretHash: Uint8Array;
  /** The secret, on the first start only: it is shown once and kept nowhere. */
  readonly generated?: string;
}

export interface OpenAdministratorKeyOptions {
  readonly store: SecretStore;
  /** The key of the purpose `api-keys`. */
  readonly hashKey: Uint8Array;
  /** As `TOLLGATE_ADMIN_KEY` gives it: while it is set, no other administrator key opens anything. */
  readonly given?: string;
}

const storedName = 'administrator-key-hash';

/**
 * The key that stands above all tenants: the given one, else one that is made at the first start.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export async function openAdministratorKey(options: OpenAdministratorKeyOptions): Promise<AdministratorKey> {
  const { store, hashKey, given } = options;
  if (given !== undefined) return { secretHash: hashSecret(hashKey, given) };
  const stored = await store.get(storedName);
  if (stored !== undefined) return { secretHash: stored };
  const { secret } = generateApiKeySecret();
  const made = hashSecret(hashKey, secret);
  const standing = await store.putIfAbsent(storedName, made);
  const isMine = Buffer.from(standing).equals(made);
  return { secretHash: standing, ...(isMine ? { generated: secret } : {}) };
}
