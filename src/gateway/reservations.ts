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
import type { UnshippedSettlements } from './unshipped-settlements.ts';
import type { WriteRetries } from './write-retries.ts';

export interface ReservationsOptions {
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly retries: WriteRetries;
  readonly rebuild: BudgetRebuild;
  readonly unshipped: UnshippedSettlements;
  /** What this node may spend by itself while the store is away. */
  readonly allowance: OutageAllowance;
  readonly tell: (alert: Alert) => void;
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
  /** What is spent and reserved of levels, in their order; counters that are lost are rebuilt before. */
  states(levels: readonly BudgetLevel[]): Promise<readonly BudgetLevelState[]>;
  /** Whether this node answers for it: it was granted and is not known to be settled, or settled and recorded on no other disk. */
  has(id: string): boolean;
  /** What was granted, and is not known to be settled. */
  readonly held: readonly Reservation[];
  close(): void;
}

/** How long a request waits for counters that are being rebuilt, and between two looks at them, in milliseconds. */
const mostWaitMs = 3_000;
const lookAgainMs = 50;

interface Held {
  readonly reservation: Reservation;
  readonly draft: ReservationDraft;
  readonly isLocal: boolean;
  /** Granted: only then the attempt is called, and what is lost with the counters must be brought to the new ones. */
  readonly isGranted: boolean;
}

/** Holds reservations in the store, and renews their leases while they last. */
export function createReservations(options: ReservationsOptions): Reservations {
  const { store, clock, retries, rebuild, unshipped, allowance, tell } = options;
  const held = new Map<string, Held>();
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
      ...[...held.values()].filter(one => !one.isLocal).map(one => one.reservation),
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
    return rebuild.joins === joinsBefore ? result : await reserveOnceOpen(reservation);
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

  async function settleInStore({ reservation, draft }: Held, cost: NanoDollars): Promise<void> {
    const { id, tenantId, levels } = reservation;
    const settlement = { id, tenantId, levels, cost, keepsFacts: unshipped.holds(id) };
    tellCrossings(await rebuild.settle(settlement), draft);
  }

  return {
    async reserve(draft) {
      const { id, tenantId, amount, budgets } = draft;
      // Nobody else would look at it.
      if (!store.isShared && budgets.length === 0) return { isReserved: true, crossed: [] };
      const facts = store.isShared ? draft.facts() : '';
      const reservation: Reservation = { id, tenantId, amount, facts, levels: budgets.map(levelOf) };
      const entry: Held = { reservation, draft, isLocal: false, isGranted: false };
      // Before the answer: what a lost answer has reserved must be found again.
      held.set(id, entry);
      try {
        const result = await reserveInStore(reservation);
        if (result.isReserved) held.set(id, { ...entry, isGranted: true });
        else held.delete(id);
        tellCrossings(result.crossed, draft);
        allowance.renew();
        return result;
      } catch (fault) {
        const isUnbound = budgets.every(({ enforced }) => !enforced);
        if (isUnbound || allowance.take(tenantId, amount)) {
          held.set(id, { ...entry, isLocal: true, isGranted: true });
          return { isReserved: true, crossed: [] };
        }
        // It may have been reserved all the same, or be reserved later: nothing was called, so nothing is owed.
        const released = retries.write(() => settleInStore(entry, 0n)).finally(() => held.delete(id));
        released.catch(() => {});
        throw fault instanceof GatewayError
          ? fault
          : new GatewayError('STORE_UNAVAILABLE', 'The budgets cannot be read.', { cause: fault });
      }
    },
    async settle(completionId, id, cost, written) {
      const entry = held.get(id);
      if (entry === undefined) return;
      unshipped.keep(completionId, entry.reservation);
      await written.catch(() => {});
      if (entry.isLocal && entry.reservation.levels.length > 0)
        allowance.settle(entry.reservation.tenantId, entry.reservation.amount, cost);
      await retries.write(() => settleInStore(entry, cost).then(() => void held.delete(id)));
    },
    async states(levels) {
      const bySlot = [...Map.groupBy(levels, ({ tenantId }) => tenantId).values()];
      const ask = () => Promise.all(bySlot.map(ofSlot => store.states(ofSlot)));
      // Asking is what makes it known that a slot is cold.
      await ask();
      await rebuild.look();
      const states = await ask();
      const byKey = new Map(
        bySlot.flatMap((ofSlot, index) => ofSlot.map(({ key }, place) => [key, states[index]?.[place]] as const)),
      );
      return levels.map(({ key }) => byKey.get(key) ?? { spent: 0n, reserved: 0n });
    },
    has: id => held.get(id)?.isGranted === true || unshipped.holds(id),
    get held() {
      return [...held.values()].filter(({ isGranted }) => isGranted).map(({ reservation }) => reservation);
    },
    close() {
      isClosed = true;
      cancelRenewal();
    },
  };
}

function levelOf({ level }: CountedBudget) {
  return level;
}
