/**
 * Keeps the wrapped keys of each purpose, and small settings of the installation.
 *
 * Values are opaque bytes: who wraps them is `identity/secrets.ts`.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE.
 */
export interface SecretStore {
  get(name: string): Promise<Uint8Array | undefined>;
  /** Writes only where nothing stands yet, and returns what stands now: two nodes that start together agree. */
  putIfAbsent(name: string, value: Uint8Array): Promise<Uint8Array>;
  /** Replaces, for rotation. */
  put(name: string, value: Uint8Array): Promise<void>;
}
