import type { Clock } from '../model/clock.ts';
import type { ContentStore } from '../stores/content-store.ts';
import type { LedgerStore } from '../stores/ledger-store.ts';

export interface PurgeJobOptions {
  readonly content: ContentStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Between the end of one purge and the next, in milliseconds. Default: a minute. */
  readonly everyMs?: number;
  /** Whether it is for this node to purge: of several, one does, though any number may. Default: it is. */
  readonly isDue?: () => boolean;
  /** Told of what was purged, where that was something. */
  readonly onPurged: (purged: { readonly contents: number; readonly completions: number }) => void;
  /** A purge that failed is tried again the next time. */
  readonly onFault: (cause: unknown) => void;
}

export interface PurgeJob {
  /** Ends after the purge that runs. */
  close(): Promise<void>;
}

/** Deletes text and facts whose time has passed: at once, and then every minute. */
export function startPurging(options: PurgeJobOptions): PurgeJob {
  const { content, ledger, clock, everyMs = 60_000, isDue = () => true, onPurged, onFault } = options;
  let isClosed = false;
  let cancelTimer = () => {};

  function failed(cause: unknown): number {
    onFault(cause);
    return 0;
  }

  async function purge(): Promise<void> {
    if (isDue()) {
      const now = clock.now();
      // Neither waits for the other to be well.
      const contents = await content.purge(now).catch(failed);
      const completions = await ledger.purgeFacts(now).catch(failed);
      if (contents + completions > 0) onPurged({ contents, completions });
    }
    if (!isClosed) cancelTimer = clock.after(everyMs, () => (running = purge()));
  }

  let running = purge();
  return {
    async close() {
      isClosed = true;
      cancelTimer();
      await running;
    },
  };
}
