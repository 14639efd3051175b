import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type AccessControl, createAccessControl } from '../../src/identity/access-control.ts';
import { createJwtVerifier, type JwtIssuer } from '../../src/identity/jwt.ts';
import { generateApiKeySecret, hashSecret } from '../../src/identity/keys.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';

export interface OpenedAccess {
  readonly access: AccessControl;
  readonly store: AccessStore;
  readonly clock: ManualClock;
  readonly administratorSecret: string;
}

export interface OpenAccessOptions {
  readonly issuers?: readonly JwtIssuer[];
  readonly store?: AccessStore;
  readonly clock?: ManualClock;
}

/** An installation of its own, with its administrator's key. */
export async function openAccess(options: OpenAccessOptions = {}): Promise<OpenedAccess> {
  const { issuers = [], clock = manualClock() } = options;
  const store = options.store ?? (await openStores()).access;
  const hashKey = randomBytes(32);
  const administratorSecret = generateApiKeySecret().secret;
  const access = await createAccessControl({
    store,
    clock,
    hashKey,
    administratorHash: hashSecret(hashKey, administratorSecret),
    jwt: createJwtVerifier({ issuers, clock }),
  });
  return { access, store, clock, administratorSecret };
}

/** Stores of an installation of their own, closed when the test is over. */
export async function openStores(): Promise<SqliteStores> {
  const stores = await openSqliteStores({ file: ':memory:' });
  onTestFinished(() => stores.close());
  return stores;
}

/** The code of the error that a promise ends with; undefined where it succeeds. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  }
}
