import { ColdBudgetSlotError, GatewayError } from '../errors.ts';
import type { Alert } from '../model/alert.ts';
import type { BudgetCrossing, BudgetLevel } from '../model/budget.ts';
import type { Clock } from '../model/clock.ts';
import type { NanoDollars } from '../model/money.ts';
import type { BudgetLevelState, BudgetStore, Reservation, ReservationResult } from '../stores/budget-store.ts';
import { budgetAlert } from './budget-alert.ts';
import type { CountedBudget } from './budget-levels.ts';
import type { OutageAllowance } from './outage-allowance.ts';
import type { BudgetRebuild } from './rebuild-budgets.ts';
import { createSettlementQueue } from './settlement-queue.ts';
import type { UnshippedSettlements } from './unshipped-settlements.ts';

export interface ReservationsOptions {
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly rebuild: BudgetRebuild;
  readonly unshipped: UnshippedSettlements;
  /** What this node may spend by itself while the store is away. */
  readonly allowance: OutageAllowance;
  readonly tell: (alert: Alert) => void;
  /** Called when the counters have heard of what was held back. */
  readonly onTold: () => void;
}

export interface ReservationDraft extends Omit<Reservation, 'levels' | 'facts'> {
  readonly budgets: readonly CountedBudget[];
  /** As `Reservation.facts`; asked for where others can see them. */
  readonly facts: () => string;
}

/** What this node holds of budgets, from the reservation of an attempt to its settlement. */
export interface Reservations {
  /**
   * Holds the worst case of an attempt in all its budgets.
   *
   * @throws {GatewayError} STORE_UNAVAILABLE where budgets bind and nobody can say what is left of them.
   */
  reserve(draft: ReservationDraft): Promise<ReservationResult>;
  /**
   * Books what an attempt of this completion cost, once; tried again until the store takes it.
   *
   * @param written Its settlement in the ledger, that goes before: counters that are lost meanwhile are rebuilt from it.
   */
  settle(completionId: string, id: string, cost: NanoDollars, written: Promise<void>): Promise<void>;
  /** Ends what was reserved for an attempt that was not called, nor written down. */
  release(id: string): Promise<void>;
  /** What is spent and reserved of levels, in their order; counters that are lost are rebuilt before. */
  states(levels: readonly BudgetLevel[]): Promise<readonly BudgetLevelState[]>;
  /** Whether this node answers for it: its attempt is under way here, or is settled and recorded on no other disk. */
  has(id: string): boolean;
  /** What was granted, and what nobody knows the cost of yet. */
  readonly held: readonly Reservation[];
  /** What is in this node's ledger, and not known to be settled in the counters. */
  readonly untold: readonly Reservation[];
  /** Completions of which the counters lack what was granted without them: found by others first, it would be counted by nobody. */
  readonly heldBack: readonly string[];
  /** Tries what is not settled once more, or for so long. */
  flush(withinMs?: number): Promise<void>;
  close(): void;
}

/** How long a request waits for counters that are being rebuilt, and between two looks at them, in milliseconds. */
const mostWaitMs = 3_000;
const lookAgainMs = 50;
/** Beyond it none are held back: counters that are away for long must not fill the journal. */
const mostHeldBack = 10_000;

interface Held {
  readonly reservation: Reservation;
  readonly draft: ReservationDraft;
  readonly isLocal: boolean;
  /** Granted: only then the attempt is called, and what is lost with the counters must be brought to the new ones. */
  readonly isGranted: boolean;
  /** Its attempt is over: its lease may run out, since whoever finds that settles it at what is booked. */
  readonly hasEnded: boolean;
  /** What it cost is in this node's ledger, booked or on its way, whether or not the counters have heard of it. */
  readonly isRecorded: boolean;
}

/** Holds reservations in the store, and renews their leases while they last. */
export function createReservations(options: ReservationsOptions): Reservations {
  const { store, clock, rebuild, unshipped, allowance, tell, onTold } = options;
  const held = new Map<string, Held>();
  /** Attempts whose completions are held back. */
  const heldBack = new Map<string, string>();
  const settlements = createSettlementQueue(clock);
  let isClosed = false;
  let cancelRenewal = () => {};
  scheduleRenewal();

  function scheduleRenewal(): void {
    if (isClosed || !store.isShared) return;
    cancelRenewal = clock.after(store.leaseMs / 4, () => void renewAll().finally(scheduleRenewal));
  }

  /** A lease that cannot be renewed is settled by whoever finds it expired, and corrected by its settlement. */
  async function renewAll(): Promise<void> {
    const leased = [
      // Of those granted without the counters, too: a rebuilding may have brought them since.
      ...[...held.values()].filter(one => !one.hasEnded).map(one => one.reservation),
      ...unshipped.kept.map(({ id, tenantId }) => ({ id, tenantId, levels: [] })),
    ];
    if (leased.length > 0) await store.renew(leased).catch(() => {});
  }

  function tellCrossings(crossed: readonly BudgetCrossing[], draft: ReservationDraft): void {
    for (const crossing of crossed) {
      const budget = draft.budgets.find(({ level }) => level.key === crossing.key);
      if (budget !== undefined) tell(budgetAlert(budget, crossing.threshold, clock.now()));
    }
  }

  async function reserveInStore(reservation: Reservation): Promise<ReservationResult> {
    const joinsBefore = rebuild.joins;
    const result = await reserveOnceOpen(reservation);
    // It may have been granted by counters that are lost: this node has joined new ones, and did not bring it.
    if (rebuild.joins === joinsBefore) return result;
    const again = await reserveOnceOpen(reservation);
    return { ...again, crossed: [...result.crossed, ...again.crossed] };
  }

  /** Counters are rebuilt as soon as all nodes have heard of it, so a request waits for them a little. */
  async function reserveOnceOpen(reservation: Reservation): Promise<ReservationResult> {
    const startedMs = clock.monotonicMs();
    for (;;) {
      try {
        return await store.reserve(reservation);
      } catch (fault) {
        const hasWaited = clock.monotonicMs() - startedMs;
        if (!(fault instanceof ColdBudgetSlotError) || hasWaited > mostWaitMs) throw fault;
        if (hasWaited > 0) await new Promise<void>(resolve => void clock.after(lookAgainMs, resolve));
        await rebuild.look();
      }
    }
  }

  /** What cost nothing that counts may be forgotten where it cannot be told. */
  async function settleEntry(entry: Held, cost: NanoDollars): Promise<void> {
    const { id, tenantId, levels, facts } = entry.reservation;
    held.set(id, { ...entry, hasEnded: true });
    const settle = async () => {
      const keepsFacts = unshipped.holds(id);
      const settlement = { id, tenantId, levels, cost, keepsFacts, ...(entry.isLocal ? { facts } : {}) };
      tellCrossings(await rebuild.settle(settlement), entry.draft);
      held.delete(id);
      if (heldBack.delete(id)) onTold();
    };
    if (levels.length > 0) return await settlements.add(id, settle);
    await settle().catch(() => held.delete(id));
  }

  async function end(id: string, cost: NanoDollars): Promise<void> {
    const entry = held.get(id);
    if (entry === undefined) return;
    const { tenantId, amount, levels } = entry.reservation;
    if (entry.isLocal && levels.length > 0) allowance.settle(tenantId, amount, cost);
    await settleEntry(entry, cost);
  }

  function reservationsOf(isOne: (one: Held) => boolean): readonly Reservation[] {
    return [...held.values()].filter(isOne).map(({ reservation }) => reservation);
  }

  function endsOutage({ tenantId, budgets }: ReservationDraft): boolean {
    if (!budgets.some(({ enforced }) => enforced)) return false;
    return ![...held.values()].some(one => one.isLocal && one.reservation.tenantId === tenantId);
  }

  return {
    async reserve(draft) {
      const { id, tenantId, amount, budgets } = draft;
      // Nobody else would look at it.
      if (!store.isShared && budgets.length === 0) return { isReserved: true, crossed: [] };
      const facts = store.isShared ? draft.facts() : '';
      const reservation: Reservation = { id, tenantId, amount, facts, levels: budgets.map(levelOf) };
      const entry: Held = { reservation, draft, isLocal: false, isGranted: false, hasEnded: false, isRecorded: false };
      // Before the answer: what a lost answer has reserved must be found again.
      held.set(id, entry);
      try {
        const result = await reserveInStore(reservation);
        if (result.isReserved) held.set(id, { ...entry, isGranted: true });
        else held.delete(id);
        tellCrossings(result.crossed, draft);
        if (allowance.hasTaken(tenantId) && endsOutage(draft)) allowance.renew(tenantId);
        return result;
      } catch (fault) {
        const isUnbound = budgets.every(({ enforced }) => !enforced);
        if (isUnbound || allowance.take(tenantId, amount)) {
          held.set(id, { ...entry, isLocal: true, isGranted: true });
          return { isReserved: true, crossed: [] };
        }
        // It may have been reserved all the same, or be reserved later: nothing was called, so nothing is owed.
        void settleEntry(entry, 0n);
        throw fault instanceof GatewayError
          ? fault
          : new GatewayError('STORE_UNAVAILABLE', 'The budgets cannot be read.', { cause: fault });
      }
    },
    async settle(completionId, id, cost, written) {
      const entry = held.get(id);
      if (entry === undefined) return;
      unshipped.keep(completionId, entry.reservation);
      const mayBeMissed = entry.isLocal && store.isShared && entry.reservation.levels.length > 0;
      if (mayBeMissed && heldBack.size < mostHeldBack) heldBack.set(id, completionId);
      const isRecorded = await written.then(
        () => true,
        () => false,
      );
      held.set(id, { ...entry, isRecorded });
      await end(id, cost);
    },
    release: id => end(id, 0n),
    async states(levels) {
      const bySlot = [...Map.groupBy(levels, ({ tenantId }) => tenantId).values()];
      const ask = () => Promise.all(bySlot.map(ofSlot => store.states(ofSlot)));
      // Asking is what makes it known that a slot is cold.
      await ask();
      await rebuild.look();
      const states = await ask();
      const cold = new Set((await store.coldSlots()).map(({ tenantId }) => tenantId));
      if (levels.some(({ tenantId }) => cold.has(tenantId))) throw new ColdBudgetSlotError();
      const byKey = new Map(
        bySlot.flatMap((ofSlot, index) => ofSlot.map(({ key }, place) => [key, states[index]?.[place]] as const)),
      );
      return levels.map(({ key }) => byKey.get(key) ?? { spent: 0n, reserved: 0n });
    },
    has(id) {
      const entry = held.get(id);
      return (entry?.isGranted === true && !entry.hasEnded) || unshipped.holds(id);
    },
    get heldBack() {
      return [...heldBack.values()];
    },
    flush: settlements.flush,
    get held() {
      return reservationsOf(one => one.isGranted && !one.isRecorded);
    },
    get untold() {
      return reservationsOf(one => one.isRecorded);
    },
    close() {
      isClosed = true;
      cancelRenewal();
      settlements.close();
    },
  };
}

function levelOf({ level }: CountedBudget) {
  return level;
}
