import type { Clock } from '../model/clock.ts';
import type { AccessStore } from '../stores/access-store.ts';

/** Notes when keys were last used, and writes that down every few seconds: it never delays a request. */
export interface KeyUses {
  note(apiKeyId: string, at: number): void;
  /** Writes what is left; afterwards nothing is written any more. */
  close(): Promise<void>;
}

const writeAfterMs = 5_000;

/** Gathers uses of keys and writes them down now and then; what could not be written is written the next time. */
export function createKeyUses(store: AccessStore, clock: Clock): KeyUses {
  let uses = new Map<string, number>();
  let cancelTimer: (() => void) | undefined;
  let isClosed = false;
  let writing = Promise.resolve();

  function schedule(): void {
    if (cancelTimer !== undefined || isClosed || uses.size === 0) return;
    cancelTimer = clock.after(writeAfterMs, () => {
      cancelTimer = undefined;
      writing = write();
    });
  }

  async function write(): Promise<void> {
    const written = uses;
    uses = new Map();
    try {
      await store.touchApiKeys(written);
    } catch {
      // Kept for the next time: when a key was used is not worth a failed request.
      for (const [id, at] of written) uses.set(id, Math.max(at, uses.get(id) ?? 0));
    }
    schedule();
  }

  return {
    note(apiKeyId, at) {
      uses.set(apiKeyId, at);
      schedule();
    },
    async close() {
      isClosed = true;
      cancelTimer?.();
      await writing;
      if (uses.size > 0) await write();
    },
  };
}
