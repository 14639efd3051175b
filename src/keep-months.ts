import type { Clock } from './model/clock.ts';
import type { Stores } from './stores/sql/stores.ts';

const everyMs = 86_400_000;

export interface MonthJob {
  /** Ends after what runs. */
  close(): Promise<void>;
}

/**
 * Has the stores make room for coming months, once a day; opening them has done so for the first. Months are made long before
 * they come, so a day that fails does no harm.
 */
export function keepMonths(stores: Stores, clock: Clock, onFault: (cause: unknown) => void): MonthJob {
  let isClosed = false;
  let cancelTimer = () => {};
  let running: Promise<void> = Promise.resolve();

  function schedule(): void {
    if (isClosed) return;
    cancelTimer = clock.after(everyMs, () => {
      running = stores.ensurePartitions(clock.now()).catch(onFault).then(schedule);
    });
  }

  schedule();
  return {
    async close() {
      isClosed = true;
      cancelTimer();
      await running;
    },
  };
}
