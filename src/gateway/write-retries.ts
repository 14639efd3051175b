import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';

/** Outcomes that the ledger could not take: they are tried again until it does. */
export interface WriteRetries {
  /**
   * Writes now; where that fails, again each second for ten minutes. Writing the same row twice changes nothing, so a
   * write that took effect although it failed does no harm; neither does a settlement that comes after its close. What the
   * store refuses for good, as it does what belongs to a row that it never got, is not kept.
   *
   * @throws What the first try threw.
   */
  write(action: () => Promise<void>): Promise<void>;
  /** How many wait. A node with some is not ready: it could not book what it answers. */
  readonly waiting: number;
  /** Tries all of them once more, for the last time. */
  flush(): Promise<void>;
}

const retryMs = 1_000;
const mostTries = 600;
const mostWaiting = 100_000;

interface Waiting {
  readonly action: () => Promise<void>;
  triesLeft: number;
}

/** Keeps outcomes in memory while the store is away. */
export function createWriteRetries(clock: Clock): WriteRetries {
  let waiting: Waiting[] = [];
  let isDue = false;

  async function tryAll(): Promise<void> {
    const tried = waiting;
    const outcomes = await Promise.allSettled(tried.map(({ action }) => action()));
    const done = new Set<Waiting>();
    for (const [index, one] of tried.entries()) {
      one.triesLeft -= 1;
      const outcome = outcomes[index];
      const mayStillPass = outcome?.status === 'rejected' && mayPass(outcome.reason);
      if (!mayStillPass || one.triesLeft === 0) done.add(one);
    }
    waiting = waiting.filter(one => !done.has(one));
  }

  function schedule(): void {
    if (isDue || waiting.length === 0) return;
    isDue = true;
    clock.after(retryMs, () => {
      void tryAll().then(() => {
        isDue = false;
        schedule();
      });
    });
  }

  return {
    get waiting() {
      return waiting.length;
    },
    async write(action) {
      try {
        await action();
      } catch (fault) {
        if (mayPass(fault) && waiting.length < mostWaiting) waiting.push({ action, triesLeft: mostTries });
        schedule();
        throw fault;
      }
    },
    flush: tryAll,
  };
}

/** Whether it may be written later. A fault that the store has no name for may pass. */
function mayPass(fault: unknown): boolean {
  return !(fault instanceof GatewayError) || fault.retryable;
}
