import type { Clock } from '../model/clock.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { Revocations } from './revocations.ts';

/** Keys that other nodes revoke, as this one knows of them. */
export interface RevocationFeed {
  /** Of projects and keys, as they are in force here: see `AccessStore.version`. */
  readonly version: number;
  /** When the last look began that succeeded, on the monotonic clock. */
  readonly confirmedMs: number;
  /** Ends everything that runs with a key which was revoked since the last look. @throws {GatewayError} STORE_UNAVAILABLE. */
  refresh(): Promise<void>;
}

/** Begins with what the store says now. To be opened before the first key is accepted. @throws {GatewayError} STORE_UNAVAILABLE. */
export async function followRevocations(
  store: AccessStore,
  revocations: Revocations,
  clock: Clock,
): Promise<RevocationFeed> {
  let confirmedMs = clock.monotonicMs();
  let version = await store.version();
  let refreshing: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const changes = await store.changesSince(version);
    // An older state of the database was restored: numbers say nothing of what is in it.
    const ended = changes.version < version ? await endedKeys() : changes.revokedKeyIds;
    for (const id of ended) revocations.revoke(id);
    version = changes.version;
    confirmedMs = startedMs;
  }

  /** Of the keys that were used here, those that do not hold any more. */
  async function endedKeys(): Promise<readonly string[]> {
    const used = revocations.usedKeyIds();
    const keys = await store.apiKeys(used);
    return used.filter((_, index) => {
      const key = keys[index];
      return key === undefined || key.revokedAt !== undefined;
    });
  }

  return {
    get version() {
      return version;
    },
    get confirmedMs() {
      return confirmedMs;
    },
    refresh() {
      // One after the other: an older answer must not replace a newer one.
      const refreshed = refreshing.then(look);
      refreshing = refreshed.catch(() => {});
      return refreshed;
    },
  };
}
