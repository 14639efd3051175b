import type { Clock } from '../model/clock.ts';
import type { AuditStore } from '../stores/audit-store.ts';
import { signAuditHead } from './receipts.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AuditHeadsOptions {
  readonly audit: AuditStore;
  readonly keys: SigningKeys;
  readonly clock: Clock;
  /** Between two heads, in milliseconds. Default: a minute. */
  readonly everyMs?: number;
  /** Whether it is for this node to sign: of several, one does. Default: it is. */
  readonly isDue?: () => boolean;
  /** Takes the signed head: it belongs where the database cannot reach, such as the log. */
  readonly onHead: (head: string, entries: number) => void;
  readonly onFault: (cause: unknown) => void;
}

export interface AuditHeads {
  /** Signs the last head. */
  close(): Promise<void>;
}

/** Signs the end of the audit log at once, every minute, and at the end. */
export function startAuditHeads(options: AuditHeadsOptions): AuditHeads {
  const { audit, keys, clock, everyMs = 60_000, isDue = () => true, onHead, onFault } = options;
  let isClosed = false;
  let cancelTimer = () => {};

  async function sign(): Promise<void> {
    try {
      if (isDue()) {
        const head = await audit.head();
        onHead(await signAuditHead(keys, head, clock.now()), head.number);
      }
    } catch (cause) {
      onFault(cause);
    }
    if (!isClosed) cancelTimer = clock.after(everyMs, () => (running = sign()));
  }

  let running = sign();
  return {
    async close() {
      isClosed = true;
      cancelTimer();
      await running;
      await sign();
    },
  };
}
