import type {
  ClosedCompletion,
  LedgerStore,
  OpenedAttempt,
  OpenedCompletion,
  SettledAttempt,
} from '../../src/stores/ledger-store.ts';

/** A ledger of the simulated world, which only writes down what it is told, at once. */
export interface RecordingLedger {
  readonly store: LedgerStore;
  readonly opened: readonly OpenedCompletion[];
  readonly attempts: readonly OpenedAttempt[];
  readonly settled: readonly SettledAttempt[];
  readonly closed: readonly ClosedCompletion[];
}

export function recordingLedger(): RecordingLedger {
  const opened: OpenedCompletion[] = [];
  const attempts: OpenedAttempt[] = [];
  const settled: SettledAttempt[] = [];
  const closed: ClosedCompletion[] = [];
  const unused = (): never => {
    throw new Error('the simulation asks its ledger for nothing');
  };
  const store: LedgerStore = {
    openCompletion: async completion => void opened.push(completion),
    openAttempt: async attempt => void attempts.push(attempt),
    settleAttempt: async attempt => void settled.push(attempt),
    closeCompletion: async completion => void closed.push(completion),
    recover: async () => 0,
    budgetTotals: async () => new Map(),
    unbooked: async () => [],
    holdBooking: async () => () => {},
    adoptAttempt: unused,
    completions: unused,
    listCompletions: unused,
    usage: unused,
    statementLines: unused,
    costs: unused,
    countRequests: unused,
    recordedRequests: unused,
    purgeFacts: unused,
    get checks(): never {
      return unused();
    },
  };
  return { store, opened, attempts, settled, closed };
}
