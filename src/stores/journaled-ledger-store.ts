import type { LedgerStore, UnbookedSettlement } from './ledger-store.ts';

/** What a node has journalled and not shipped yet. */
export interface Backlog {
  /** Completions that have ended and wait. */
  readonly waiting: number;
  /** When the oldest of them ended, in milliseconds since the epoch; absent: none waits, or nobody has looked yet. */
  readonly oldestEndedAt?: number;
  /** Completions that the shared ledger refuses to take: kept in the journal, and tried again at the next start. */
  readonly refused: number;
  /** Whether the journal is full, and new completions are refused. */
  readonly isFull: boolean;
}

/**
 * A ledger that several nodes share. Each writes what it does into a journal of its own, which is durable without anybody else,
 * and ships it to the shared ledger once its completions have ended.
 *
 * Reading first gives what this node has written a moment to be shipped. While the shared ledger is away, reading throws
 * STORE_UNAVAILABLE and writing goes on, until the journal is full.
 */
export interface JournaledLedgerStore extends LedgerStore {
  readonly backlog: Backlog;
  /**
   * What the journal holds as ended from that instant on, and the shared ledger has not booked, or only as assumed where the
   * journal knows better (`booked` says what at): after a start nobody knows whether the counters of budgets have heard of it.
   */
  settledSince(at: number): Promise<readonly UnbookedSettlement[]>;
  /** Begins to ship, and goes on until `close`. */
  startShipping(): void;
  /** Ships what has ended until now, and resolves once it is shipped, has failed, or `withinMs` are over. @returns Whether all is shipped. */
  flush(withinMs: number): Promise<boolean>;
  /** Ends after the batch that is under way. What is left is shipped after the next start. */
  close(): Promise<void>;
}
