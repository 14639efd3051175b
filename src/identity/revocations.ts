import type { Clock } from '../model/clock.ts';

/**
 * Signals that abort when a credential ends.
 *
 * They are held strongly: a stream that listens to one is cut whatever else has forgotten the credential. There is one
 * for each API key that was used, and one for each second in which tokens expire, so they stay few.
 */
export interface Revocations {
  /** Aborted when the key is revoked, or at `expiresAt`; already aborted where that has happened. */
  ofApiKey(apiKeyId: string, expiresAt: number | undefined): AbortSignal;
  /** Aborted at this instant, rounded up to a second. */
  ofToken(expiresAt: number): AbortSignal;
  revoke(apiKeyId: string): void;
  /** Every key that was accepted here, those that have ended since too. */
  usedKeyIds(): readonly string[];
  /** Cancels all timers. */
  close(): void;
}

/** Starts with no credential known to have ended; timers run on `clock`, however far off their instants are. */
export function createRevocations(clock: Clock): Revocations {
  const byApiKey = new Map<string, AbortController>();
  const bySecond = new Map<number, AbortController>();
  const timers = new Set<() => void>();

  function at(instant: number, action: () => void): void {
    const delayMs = instant - clock.now();
    if (delayMs <= 0) {
      action();
      return;
    }
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      at(instant, action);
    });
    timers.add(cancel);
  }

  return {
    ofApiKey(apiKeyId, expiresAt) {
      const known = byApiKey.get(apiKeyId);
      if (known !== undefined) return known.signal;
      const controller = new AbortController();
      byApiKey.set(apiKeyId, controller);
      if (expiresAt !== undefined) at(expiresAt, () => controller.abort());
      return controller.signal;
    },
    ofToken(expiresAt) {
      const second = Math.ceil(expiresAt / 1000);
      const known = bySecond.get(second);
      if (known !== undefined) return known.signal;
      const controller = new AbortController();
      bySecond.set(second, controller);
      at(second * 1000, () => {
        bySecond.delete(second);
        controller.abort();
      });
      return controller.signal;
    },
    revoke(apiKeyId) {
      const controller = byApiKey.get(apiKeyId) ?? new AbortController();
      byApiKey.set(apiKeyId, controller);
      controller.abort();
    },
    usedKeyIds: () => [...byApiKey.keys()],
    close() {
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
