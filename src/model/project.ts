import type { AccessRole } from './principal.ts';

/** A project without a parent is a tenant: nothing is shared between tenants. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly parentId?: string;
  /** The workloads that its callers may name; absent: any. */
  readonly workloads?: readonly string[];
  readonly createdAt: number;
}

/** An API key without its secret, of which only a keyed hash is kept. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The first characters of the secret, to tell keys apart. */
  readonly prefix: string;
  readonly projectId: string;
  readonly role: AccessRole;
  readonly workloads?: readonly string[];
  /** Milliseconds since the epoch, as all instants. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}
