import { join } from 'node:path';
import type { Config } from './config.ts';
import { OperatorReason } from './errors.ts';
import type { Clock } from './model/clock.ts';
import type { Backlog } from './stores/journaled-ledger-store.ts';
import type { LedgerStore } from './stores/ledger-store.ts';
import type { JournalEvents } from './stores/sql/journal/open-journaled-ledger.ts';
import type { Stores } from './stores/sql/stores.ts';

/** What an operator is told of the journal. */
export interface LedgerEvents extends Required<JournalEvents> {
  /** A damaged journal was moved aside, and a new one begun. */
  readonly journalQuarantined: (file: string, reason: string) => void;
}

export interface OpenedLedger {
  readonly ledger: LedgerStore;
  /** Attempts that a dead process had left open, booked as unknown. */
  readonly recoveredAttempts: number;
  /** What waits to be shipped; absent where the ledger is this node's alone. */
  readonly backlog?: () => Backlog;
  /** Settlements that the counters may not have heard of, because this node died. */
  unheard(): ReturnType<LedgerStore['unbooked']>;
  /** Begins to ship. What was settled before a death is to be told to the counters first. */
  startShipping(): void;
  /** Ships what is left, within a limit, then lets go. */
  close(): Promise<void>;
}

/** The share of the time that counters remember what was settled: what was settled before may be unknown to them, and count twice. */
const unheardShare = 6 / 7;
const lastFlushMs = 10_000;

/** Opens the ledger of this node: the database itself, or, where several nodes share one, a journal before it. */
export async function openLedger(
  { database, stateDir, budgets }: Config,
  stores: Stores,
  clock: Clock,
  events: LedgerEvents,
): Promise<OpenedLedger> {
  if (database.kind === 'sqlite') {
    const { ledger } = stores;
    const recoveredAttempts = await ledger.recover(clock.now());
    return {
      ledger,
      recoveredAttempts,
      unheard: () => Promise.resolve([]),
      startShipping() {},
      close: () => Promise.resolve(),
    };
  }
  const { openSqliteJournal } = await import('./stores/sqlite/open-sqlite-journal.ts');
  const { openJournaledLedger } = await import('./stores/sql/journal/open-journaled-ledger.ts');
  const journal = await openSqliteJournal({
    file: join(stateDir, 'journal.db'),
    now: clock.now,
    onQuarantined: events.journalQuarantined,
  });
  try {
    const ledger = await openJournaledLedger({ journal, shared: stores.database, clock, events });
    const recoveredAttempts = await ledger.recover(clock.now());
    return {
      ledger,
      recoveredAttempts,
      startShipping: ledger.startShipping,
      backlog: () => ledger.backlog,
      unheard: () => ledger.settledSince(clock.now() - unheardShare * budgets.settledMemoryMs),
      async close() {
        await ledger.flush(lastFlushMs);
        await ledger.close();
        await journal.close();
      },
    };
  } catch (fault) {
    await journal.close();
    throw fault;
  }
}

/** For those that take faults alone. */
export function journalFaults(onFault: (cause: unknown) => void): LedgerEvents {
  return {
    shippingFailed: onFault,
    shippingResumed() {},
    completionRefused: (id, reason) =>
      onFault(new OperatorReason(`the shared ledger refuses completion ${id}: ${reason}`)),
    holdExpired: () =>
      onFault(new OperatorReason('booking was held for too long while budgets were rebuilt, and goes on')),
    journalQuarantined: (file, reason) =>
      onFault(new OperatorReason(`the journal was damaged (${reason}) and moved to ${file}`)),
  };
}
