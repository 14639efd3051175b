import { GatewayError } from '../../../errors.ts';
import type { Clock } from '../../../model/clock.ts';

/** Lets bookings through one by one, or nobody while somebody holds it. */
export interface BookingGate {
  readonly isHeld: boolean;
  /** Does the work, unless the gate is held: then STORE_UNAVAILABLE is thrown. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Resolves once nobody is inside, and keeps everybody out until the result is called, or `mostHoldMs` are over. Several may
   * hold it at once.
   */
  hold(): Promise<() => void>;
}

/**
 * @param mostHoldMs How long one may hold it, in milliseconds.
 * @param onFree Called when the last one lets go.
 * @param onExpired Called when somebody held it for too long.
 */
export function bookingGate(clock: Clock, mostHoldMs: number, onFree: () => void, onExpired: () => void): BookingGate {
  const holders = new Set<object>();
  const inside = new Set<Promise<unknown>>();

  function letGo(holder: object): void {
    if (holders.delete(holder) && holders.size === 0) onFree();
  }

  return {
    get isHeld() {
      return holders.size > 0;
    },
    async pass(work) {
      if (holders.size > 0) {
        throw new GatewayError('STORE_UNAVAILABLE', 'The ledger books nothing for a moment.', { retryAfterMs: 1000 });
      }
      const done = work();
      const settled = done.catch(() => {});
      inside.add(settled);
      try {
        return await done;
      } finally {
        inside.delete(settled);
      }
    },
    async hold() {
      const holder = {};
      holders.add(holder);
      const cancel = clock.after(mostHoldMs, () => {
        if (holders.has(holder)) onExpired();
        letGo(holder);
      });
      await Promise.all(inside);
      return () => {
        cancel();
        letGo(holder);
      };
    },
  };
}
