import { GatewayError } from '../../../errors.ts';
import { createBoundedMap } from '../../../model/bounded-map.ts';
import type { Clock } from '../../../model/clock.ts';
import type { JournaledLedgerStore } from '../../journaled-ledger-store.ts';
import type { LedgerStore, UnbookedSettlement } from '../../ledger-store.ts';
import { once } from '../prepared.ts';
import type { SqlDatabase } from '../sql-database.ts';
import { sqlLedgerStore } from '../sql-ledger-store.ts';
import { uuidInstant } from '../uuid-instant.ts';
import { bookedAmong } from './booked-attempts.ts';
import { bookingGate } from './booking-gate.ts';
import { clearJournal } from './clear-journal.ts';
import { type JournalledSettlement, journalEntries } from './journal-entries.ts';
import { journalLimit } from './journal-limit.ts';
import { journaledChecks } from './journaled-checks.ts';
import { createShipper } from './shipper.ts';
import { shippingLoop } from './shipping-loop.ts';

/** A node's own database, in SQLite. */
export interface JournalDatabase extends SqlDatabase {
  /** How much of the file is in use, in bytes. */
  usedBytes(): Promise<number>;
}

export interface JournaledLedgerOptions {
  /** In the node's state folder, and no other process's. */
  readonly journal: JournalDatabase;
  /** What all nodes share, in PostgreSQL. */
  readonly shared: SqlDatabase;
  readonly clock: Clock;
  /** How many ended completions may wait; beyond, new ones are refused. Default: a million. */
  readonly mostWaiting?: number;
  /** How much of the journal's file may be in use; beyond, new completions are refused. Default: 2 GiB. */
  readonly mostBytes?: number;
  /** How many completions are shipped in one transaction, at most. Default: 300. */
  readonly batchSize?: number;
  /** How long to gather completions for a batch, in milliseconds. Default: 20. */
  readonly gatherMs?: number;
  /** How long a read waits for this node's own completions to be shipped, in milliseconds. Default: 1000. */
  readonly readWaitMs?: number;
  /** How long booking may be held, in milliseconds. Default: two minutes, twice as long as lost counters wait for a node that cannot reach them. */
  readonly mostHoldMs?: number;
  readonly events?: JournalEvents;
}

/** What an operator is told. */
export interface JournalEvents {
  /** Shipping fails from now on. Told once, until it succeeds again. */
  readonly shippingFailed?: (cause: unknown) => void;
  /** It succeeds again. */
  readonly shippingResumed?: () => void;
  /** The shared ledger refuses a completion: it is kept in the journal. The reason names tables and columns, never values. */
  readonly completionRefused?: (completionId: string, reason: string) => void;
  /** Booking was held for too long and goes on: counters that are being rebuilt may count twice what is shipped meanwhile. */
  readonly holdExpired?: () => void;
}

/** Completions that were shipped lately: whoever writes one again writes to the shared ledger. */
const rememberedShipped = 20_000;

/** Opens a ledger over a node's journal and what all nodes share. Ships nothing before `startShipping`. */
export async function openJournaledLedger(options: JournaledLedgerOptions): Promise<JournaledLedgerStore> {
  const { journal, shared: database, clock, readWaitMs = 1000, events = {} } = options;
  const own = sqlLedgerStore(journal);
  const shared = sqlLedgerStore(database, true);
  const entries = journalEntries(journal);
  const clearing = clearJournal(journal);
  const shipped = createBoundedMap<string, true>(rememberedShipped);
  const listeners = new Set<(completionIds: readonly string[]) => void>();
  let refused = 0;
  const gate = bookingGate(
    clock,
    options.mostHoldMs ?? 120_000,
    () => loop.wake(),
    () => events.holdExpired?.(),
  );
  const shipper = createShipper({
    journal,
    shared: database,
    clock,
    clearing,
    gate,
    onRefused(completionId, reason) {
      refused += 1;
      events.completionRefused?.(completionId, reason);
    },
    onShipped(keys) {
      const ids = keys.map(([, id]) => id);
      for (const id of ids) shipped.set(id, true);
      for (const listener of listeners) listener(ids);
    },
  });
  const limit = journalLimit({
    usedBytes: journal.usedBytes,
    clock,
    mostWaiting: options.mostWaiting ?? 1_000_000,
    mostBytes: options.mostBytes ?? 2 ** 31,
    waiting: () => loop.waiting,
  });
  const loop = shippingLoop({
    entries,
    clearing,
    shipper,
    gate,
    clock,
    batchSize: options.batchSize ?? 300,
    gatherMs: options.gatherMs ?? 20,
    onFault: cause => events.shippingFailed?.(cause),
    onResumed: () => events.shippingResumed?.(),
    onRound: () => void limit.look(),
  });

  /** Whoever has seen the end of a completion here finds it in what is read here. */
  async function afterOwn<T>(read: () => Promise<T>): Promise<T> {
    await loop.flush(readWaitMs);
    return await read();
  }

  /** What the journal does not hold any more was shipped, or never there. */
  async function orShared(write: () => Promise<void>, elsewhere: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (fault) {
      if (!(fault instanceof GatewayError && fault.code === 'CONFLICT')) throw fault;
      await gate.pass(elsewhere);
    }
  }

  async function unbooked(settlements: readonly JournalledSettlement[]): Promise<readonly UnbookedSettlement[]> {
    const booked = await bookedAmong(database, settlements);
    return settlements.map(({ settlement }) => settlement).filter(({ id }) => !booked.has(id));
  }

  /** What this process only assumes corrects nothing that another has assumed. */
  async function unheard(settlements: readonly JournalledSettlement[]): Promise<readonly UnbookedSettlement[]> {
    const booked = await bookedAmong(database, settlements);
    return settlements.flatMap(({ settlement, isAssumed }) => {
      const standing = booked.get(settlement.id);
      if (standing === undefined) return [settlement];
      return standing.isAssumed && !isAssumed ? [{ ...settlement, booked: standing.cost }] : [];
    });
  }

  const nothing = database.query.deleteFrom('adopted_completion').where('created_at', '<', 0);

  await clearing.forgiveRefused();
  await clearing.unused();
  await loop.count();
  await limit.look();

  return {
    get backlog() {
      const { waiting, oldestEndedAt } = loop;
      const oldest = oldestEndedAt === undefined ? {} : { oldestEndedAt };
      return { waiting, refused, isFull: limit.isReached, ...oldest };
    },
    startShipping: loop.startShipping,
    onShipped: listener => void listeners.add(listener),
    flush: loop.flush,
    async close() {
      await loop.close();
      limit.close();
    },
    settledSince: async at => unheard(await entries.settlements({ since: at })),
    holdBack: loop.holdBack,

    async openCompletion(completion) {
      if (shipped.peek(completion.id) !== undefined) return;
      limit.demandRoom();
      await own.openCompletion(completion);
    },
    async openAttempt(attempt) {
      if (shipped.peek(attempt.completionId) !== undefined) return await gate.pass(() => shared.openAttempt(attempt));
      limit.demandRoom();
      await own.openAttempt(attempt);
    },
    settleAttempt: attempt =>
      orShared(
        () => own.settleAttempt(attempt),
        () => shared.settleAttempt(attempt),
      ),
    async closeCompletion(completion) {
      await orShared(
        () => own.closeCompletion(completion),
        () => shared.closeCompletion(completion),
      );
      loop.add();
    },
    async recover(at) {
      const recovered = await own.recover(at);
      await loop.count();
      return recovered;
    },
    async adoptAttempt(completion, attempt, at) {
      const known = await entries.attempt(attempt.startedAt, attempt.id);
      if (known !== undefined) return known.cost;
      const status = await entries.completionStatus(completion.createdAt, completion.id);
      if (status === 'RUNNING') {
        const cost = await own.adoptAttempt(completion, attempt, at);
        loop.add();
        return cost;
      }
      // It is added to what the shared ledger holds of it.
      if (status !== undefined && !(await loop.flush(readWaitMs))) {
        throw new GatewayError('STORE_UNAVAILABLE', 'The completion is not shipped yet.', { retryAfterMs: 1000 });
      }
      return await gate.pass(() => shared.adoptAttempt(completion, attempt, at));
    },
    async completions(ids) {
      const here = await own.completions(ids);
      const missing = ids.filter((id, index) => here[index] === undefined && uuidInstant(id) !== undefined);
      if (missing.length === 0) return here;
      const found = await shared.completions(missing);
      const elsewhere = new Map(missing.map((id, index) => [id, found[index]]));
      return ids.map((id, index) => here[index] ?? elsewhere.get(id));
    },
    listCompletions: (filter, page) => afterOwn(() => shared.listCompletions(filter, page)),
    usage: query => afterOwn(() => shared.usage(query)),
    statementLines: (span, page) => afterOwn(() => shared.statementLines(span, page)),
    costs: completions => afterOwn(() => shared.costs(completions)),
    checks: journaledChecks(shared.checks, own.checks, entries, afterOwn),
    countRequests: filter => afterOwn(() => shared.countRequests(filter)),
    recordedRequests: (filter, oneOf, page) => afterOwn(() => shared.recordedRequests(filter, oneOf, page)),
    budgetTotals: (tenantId, now) => afterOwn(() => shared.budgetTotals(tenantId, now)),
    unbooked: async tenantId => unbooked(await entries.settlements({ tenantId })),
    async holdBooking() {
      const release = await gate.hold();
      try {
        // Behind whatever is still being written of a batch whose answer was lost.
        await database.write([once(nothing)]);
        return release;
      } catch (fault) {
        release();
        throw fault;
      }
    },
    purgeFacts: now => afterOwn(() => shared.purgeFacts(now)),
  } satisfies JournaledLedgerStore & LedgerStore;
}
