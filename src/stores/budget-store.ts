import type { BudgetCrossing, BudgetLevel } from '../model/budget.ts';
import type { NanoDollars } from '../model/money.ts';

/** What one attempt may cost at most, held until it is settled. */
export interface Reservation {
  /**
   * The attempt's. Whoever reserves under it again holds nothing twice, and gets the first answer where it was held; what was
   * refused is judged anew, and what was settled before it was reserved is refused.
   */
  readonly id: string;
  readonly tenantId: string;
  /** Of this tenant, or across tenants; empty where no budget binds, and only `facts` are to be kept. */
  readonly levels: readonly BudgetLevel[];
  /** From 0 to a billion dollars. */
  readonly amount: NanoDollars;
  /** What any node can book the attempt from: a JSON document without content. */
  readonly facts: string;
}

export type ReservationResult =
  | { readonly isReserved: true; readonly crossed: readonly BudgetCrossing[] }
  | {
      readonly isReserved: false;
      /** The key of the first level that it does not fit, those across tenants before the others. Empty where the id was settled before. */
      readonly refusedBy: string;
      /** Never below 0. */
      readonly remaining: NanoDollars;
      readonly crossed: readonly BudgetCrossing[];
    };

/** The true cost of an attempt. */
export interface Settlement extends Pick<Reservation, 'id' | 'tenantId' | 'levels'> {
  readonly cost: NanoDollars;
  /**
   * It is recorded on this node's disk alone: the facts of the reservation go on being kept under its lease, until `letGo`.
   * Where the lease ends they are found by `expired`, at this cost. Default false.
   */
  readonly keepsFacts?: boolean;
  /** The facts, where the counters may not have them: it was granted while they were away, or they were lost since. */
  readonly facts?: string;
  /**
   * What the ledger has booked for it already, since another node has assumed it. Counters that do not know it were rebuilt with
   * that, so the difference is added; and a slot that is cold throws `ColdBudgetSlotError`: it is to be told once that is open.
   */
  readonly booked?: NanoDollars;
}

/** What the ledger has booked on a level. */
export interface BookedLevel {
  readonly cost: NanoDollars;
  /** As `BudgetLevel.resetsAt`. */
  readonly resetsAt?: number;
}

export interface BudgetLevelState {
  readonly spent: NanoDollars;
  readonly reserved: NanoDollars;
}

/** A reservation whose lease is over: its node has died, or cannot reach the store. */
export interface ExpiredReservation extends Pick<Reservation, 'id' | 'tenantId' | 'amount' | 'facts'> {
  /** The keys of its levels. */
  readonly levelKeys: readonly string[];
  /** Those among them that are pots across tenants. */
  readonly sharedLevelKeys: readonly string[];
}

/** A slot that has lost its counters, or never had any, and is closed until they are rebuilt. */
export interface ColdSlot {
  /** A tenant; absent: the pots across tenants. */
  readonly tenantId?: string;
  /** Changes with each loss. */
  readonly generation: string;
}

/**
 * Counters of money: what is spent and reserved of each level.
 *
 * The levels of one tenant are checked and held in one atomic step. Those across tenants are held before, each by itself,
 * and given back where a later one refuses: that may refuse too much for a moment, and never admits too much.
 *
 * A reservation is a lease of `leaseMs` that its node renews. One that runs out is released by nobody: it goes on being held
 * until `assume` or `settle` decides what it cost.
 *
 * Slots are cold at first, and after every loss: `reserve` throws until all nodes have joined the rebuilding with what they
 * know, and one has opened the slot with what the ledger has booked. What they have brought can be settled and assumed meanwhile, and
 * adds to what `open` brings. What a cold slot does not know is left alone: it comes with a node that joins, or is in what the
 * ledger has booked.
 * So that nothing is counted twice, a node books nothing in the ledger that counts in a slot from before it joins until the slot is
 * open.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method, within the store's time limit. It may have taken effect all
 * the same, or take effect later; so all methods can be repeated, in any order, and change nothing the second time.
 */
export interface BudgetStore {
  /** Whether other nodes see it, and it outlives this process: only then are leases and facts of use. */
  readonly isShared: boolean;
  /** How long a lease lasts without being renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Throws `ColdBudgetSlotError` where a slot of its levels is cold. Where it threw, settle at 0 what is not to be called. */
  reserve(reservation: Reservation): Promise<ReservationResult>;
  renew(reservations: readonly Pick<Reservation, 'id' | 'tenantId' | 'levels'>[]): Promise<void>;
  /**
   * Turns what is held into what was spent, once. What was assumed before is corrected to the true cost. An unknown id adds its
   * cost, and holds nothing when its reservation comes late. Crossings are told once for a limit, and again when it was
   * raised and is reached again; a settlement that is repeated tells again what it told.
   */
  settle(settlement: Settlement): Promise<readonly BudgetCrossing[]>;
  /** Reservations whose lease is over, at most `most`, over all slots. */
  expired(most: number): Promise<readonly ExpiredReservation[]>;
  /**
   * Settles an expired reservation at `cost`; changes no amount where it is settled, and nothing where its lease was renewed. A later `settle`
   * corrects it. A slot that does not know the id any more, because it lost its counters, counts the cost too.
   */
  assume(expired: ExpiredReservation, cost: NanoDollars): Promise<readonly BudgetCrossing[]>;
  /** Of these the facts need not be kept any more: their settlements are recorded where others find them. */
  letGo(settled: readonly Pick<Reservation, 'id' | 'tenantId'>[]): Promise<void>;
  /** In the order of the levels; all of one tenant, or across tenants. Zeros where nothing was counted. */
  states(levels: readonly BudgetLevel[]): Promise<readonly BudgetLevelState[]>;
  /** Slots that somebody tried to reserve in, or watched, and that are not open. */
  coldSlots(): Promise<readonly ColdSlot[]>;
  /** Adds what this node holds and what it has settled but not booked, without a check, and notes that it has joined. */
  join(slot: ColdSlot, nodeId: string, held: readonly Reservation[], settled: readonly Settlement[]): Promise<void>;
  /** Whether the slot is open, or has lost its counters once more. */
  isOver(slot: ColdSlot): Promise<boolean>;
  /** The nodes that have joined the rebuilding of the slot. */
  joined(slot: ColdSlot): Promise<readonly string[]>;
  /** Adds what the ledger has booked to each level, and opens the slot; once for each generation. */
  open(slot: ColdSlot, booked: ReadonlyMap<string, BookedLevel>): Promise<void>;
}
