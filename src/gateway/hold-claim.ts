import type { Clock } from '../model/clock.ts';
import type { IdempotencyClaim, IdempotencyStore, IdempotentEnd } from '../stores/idempotency-store.ts';

/** An idempotency key that this node holds while something runs under it. */
export interface HeldClaim {
  /** Whether somebody elsewhere waits for it. Where that cannot be told: no. */
  isAttended(): Promise<boolean>;
  /** Notes how it ended; rejects where the store does not take it, and then tries on for as long as the key would be held. */
  end(end: IdempotentEnd): Promise<void>;
  /** Nothing ran: lets go of the key. Never rejects. */
  release(): Promise<void>;
}

export interface HoldOptions {
  readonly store: IdempotencyStore;
  readonly claim: IdempotencyClaim;
  readonly clock: Clock;
  /** When it was asked for, on the monotonic clock. */
  readonly claimedMs: number;
  /** The key is another's, or may be soon: what runs must have ended when this returns. Called at most once. */
  readonly onLost: () => void;
}

/** What ends before its lease does has hung up on its provider when another may call one, however late timers are. */
const reserveMs = 3_000;
const retryMs = 1_000;

/** Holds a key that was claimed: renews its lease in time, and says so where that fails. */
export function holdClaim({ store, claim, clock, claimedMs, onLost }: HoldOptions): HeldClaim {
  let isOver = false;
  let cancelRenewal = () => {};
  let cancelWatch = () => {};

  function over(): void {
    isOver = true;
    cancelRenewal();
    cancelWatch();
  }

  function lose(): void {
    if (isOver) return;
    over();
    onLost();
  }

  function watch(sentMs: number): void {
    cancelWatch();
    cancelWatch = clock.after(Math.max(0, sentMs + store.leaseMs - reserveMs - clock.monotonicMs()), lose);
  }

  function schedule(delayMs: number): void {
    cancelRenewal();
    if (!isOver) cancelRenewal = clock.after(delayMs, () => void renew());
  }

  async function renew(): Promise<boolean> {
    const sentMs = clock.monotonicMs();
    try {
      const { isHeld, isAttended } = await store.renew(claim);
      if (isOver) return false;
      if (!isHeld) {
        lose();
        return false;
      }
      watch(sentMs);
      schedule(store.leaseMs / 3);
      return isAttended;
    } catch {
      schedule(retryMs);
      return false;
    }
  }

  /** The lease runs out by itself: whoever comes then looks into the ledger. */
  function endLater(end: IdempotentEnd, triesLeft: number): void {
    if (triesLeft === 0) return;
    clock.after(retryMs, () => store.end(claim, end).catch(() => endLater(end, triesLeft - 1)));
  }

  watch(claimedMs);
  schedule(store.leaseMs / 3);
  return {
    isAttended: () => (isOver ? Promise.resolve(false) : renew()),
    async end(end) {
      over();
      try {
        await store.end(claim, end);
      } catch (fault) {
        endLater(end, Math.ceil(store.leaseMs / retryMs));
        throw fault;
      }
    },
    async release() {
      over();
      await store.release(claim).catch(() => {});
    },
  };
}
