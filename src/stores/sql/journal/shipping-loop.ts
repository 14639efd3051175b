import { randomInt } from 'node:crypto';
import type { Clock } from '../../../model/clock.ts';
import type { Backlog, JournaledLedgerStore } from '../../journaled-ledger-store.ts';
import type { BookingGate } from './booking-gate.ts';
import type { JournalClearing } from './clear-journal.ts';
import type { JournalEntries } from './journal-entries.ts';
import type { Shipper } from './shipper.ts';

export interface ShippingLoopOptions {
  readonly entries: JournalEntries;
  readonly clearing: JournalClearing;
  readonly shipper: Shipper;
  readonly gate: BookingGate;
  readonly clock: Clock;
  /** How many completions share a transaction, at most. */
  readonly batchSize: number;
  /** How long to gather completions, in milliseconds, after a batch that left none behind. */
  readonly gatherMs: number;
  /** Told once when shipping begins to fail. */
  readonly onFault: (cause: unknown) => void;
  /** Told once when it succeeds again. */
  readonly onResumed: () => void;
  /** Called after each round, whatever came of it. */
  readonly onRound: () => void;
}

export interface ShippingLoop
  extends Pick<JournaledLedgerStore, 'startShipping' | 'flush' | 'close'>,
    Required<Pick<JournaledLedgerStore, 'holdBack'>>,
    Pick<Backlog, 'waiting'> {
  readonly oldestEndedAt: number | undefined;
  /** Looks what waits, at the start. */
  count(): Promise<void>;
  /** A completion has ended. */
  add(): void;
  /** Ships what waits, if it may. */
  wake(): void;
}

const firstRetryMs = 250;
const longestRetryMs = 5000;

/** Ships what has ended, in the order of creation, in batches, for as long as the node runs. */
export function shippingLoop(options: ShippingLoopOptions): ShippingLoop {
  const { entries, clearing, shipper, gate, clock, batchSize, gatherMs, onFault, onResumed, onRound } = options;
  const watchers = new Set<() => void>();
  let size = batchSize;
  let heldBack: () => readonly string[] = () => [];
  let retryMs = firstRetryMs;
  let waiting = 0;
  let oldestEndedAt: number | undefined;
  /** Ends that were told, and of these those that a round has left nothing of. */
  let told = 1;
  let covered = 0;
  let isFailing = false;
  let isStarted = false;
  let isClosed = false;
  let running: Promise<void> | undefined;
  let cancelTimer = () => {};

  const isDone = () => covered >= told;

  /** @returns False where it is of no use to go on at once. */
  async function round(): Promise<boolean> {
    const toldBefore = told;
    try {
      const kept = heldBack();
      const { keys, oldestEndedAt: oldest } = await entries.ended(size, kept);
      oldestEndedAt = oldest;
      const left = await shipper.ship(keys);
      waiting = Math.max(0, waiting - keys.length + left);
      if (left > 0) told += 1;
      if (keys.length < size) {
        waiting = kept.length === 0 ? Math.max(0, told - toldBefore) : await entries.countEnded();
        oldestEndedAt = undefined;
        if (keys.length > 0) await clearing.leftovers();
        covered = toldBefore;
      }
      size = Math.min(batchSize, size * 2);
      retryMs = firstRetryMs;
      if (isFailing) onResumed();
      isFailing = false;
      return true;
    } catch (fault) {
      if (gate.isHeld) return false;
      if (!isFailing) onFault(fault);
      isFailing = true;
      // Too much at once may be what it fails of.
      size = Math.max(1, Math.ceil(size / 2));
      after(randomInt(retryMs / 2, retryMs + 1), wake);
      retryMs = Math.min(longestRetryMs, retryMs * 2);
      return false;
    } finally {
      onRound();
      for (const watcher of [...watchers]) watcher();
    }
  }

  async function run(): Promise<void> {
    while (!isClosed && !gate.isHeld) {
      const isFine = await round();
      if (!isFine || isDone()) break;
      if (waiting < size && watchers.size === 0) {
        after(gatherMs, wake);
        break;
      }
      // Requests go before.
      await new Promise(resolve => setImmediate(resolve));
    }
    running = undefined;
  }

  function after(delayMs: number, action: () => void): void {
    cancelTimer();
    cancelTimer = clock.after(delayMs, action);
  }

  function wake(): void {
    if (!isStarted || isClosed || gate.isHeld || isDone()) return;
    running ??= run();
  }

  return {
    get waiting() {
      return waiting;
    },
    get oldestEndedAt() {
      return oldestEndedAt;
    },
    async count() {
      waiting = await entries.countEnded();
      told += 1;
    },
    add() {
      waiting += 1;
      told += 1;
      if (running === undefined && !isFailing) after(gatherMs, wake);
    },
    wake,
    holdBack(ids) {
      heldBack = ids;
      return () => {
        told += 1;
        if (running === undefined && !isFailing) after(gatherMs, wake);
      };
    },
    startShipping() {
      isStarted = true;
      wake();
    },
    async flush(withinMs) {
      const target = told;
      if (covered >= target) return heldBack().length === 0;
      if (!isStarted || isClosed || gate.isHeld) return false;
      wake();
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(withinMs, resolve);
      const look = () => {
        if (covered >= target || isFailing || isClosed || gate.isHeld) resolve();
      };
      watchers.add(look);
      await promise;
      watchers.delete(look);
      cancel();
      return covered >= target && heldBack().length === 0;
    },
    async close() {
      isClosed = true;
      cancelTimer();
      await running;
      for (const watcher of [...watchers]) watcher();
    },
  };
}
