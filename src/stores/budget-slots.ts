import type { BudgetCrossing, BudgetLevel } from '../model/budget.ts';
import type { NanoDollars } from '../model/money.ts';
import type { BookedLevel, BudgetLevelState, ColdSlot, ExpiredReservation, ReservationResult } from './budget-store.ts';

/** What is reserved in one slot. */
export interface SlotReservation {
  readonly id: string;
  readonly tenantId: string;
  /** Those of the slot. */
  readonly levels: readonly BudgetLevel[];
  /** Keys of all levels of the reservation, also of those in the other slot. */
  readonly levelKeys: readonly string[];
  readonly sharedLevelKeys: readonly string[];
  readonly amount: NanoDollars;
  readonly facts: string;
}

export interface SlotSettlement {
  readonly id: string;
  readonly levels: readonly BudgetLevel[];
  readonly cost: NanoDollars;
  /** Forgets a reservation that is held, as if it had never been: who reserves under its id again is judged anew. Changes nothing else. */
  readonly isGivenBack?: boolean;
  /** As in `Settlement`. */
  readonly keepsFacts?: boolean;
  /** What is to be kept of one that the slot does not know; its amount is the cost. */
  readonly unknown?: SlotReservation;
  /** As in `Settlement`. */
  readonly booked?: NanoDollars;
}

/**
 * Counters whose levels stand together: those of one tenant, or all across tenants. Every method acts on one slot in one
 * atomic step. `budgetStoreOver` makes a BudgetStore of it.
 */
export interface BudgetSlots {
  readonly isShared: boolean;
  readonly leaseMs: number;
  /** Undefined where there are levels and the slot is cold. */
  reserve(slot: string, reservation: SlotReservation): Promise<ReservationResult | undefined>;
  renew(slot: string, ids: readonly string[]): Promise<void>;
  /** Undefined where it has levels and `booked`, and the slot is cold. */
  settle(slot: string, settlement: SlotSettlement): Promise<readonly BudgetCrossing[] | undefined>;
  expired(most: number): Promise<readonly ExpiredReservation[]>;
  /** Counts at `levelKeys` where the id is unknown in the slot. */
  assume(slot: string, id: string, levelKeys: readonly string[], cost: NanoDollars): Promise<readonly BudgetCrossing[]>;
  letGo(slot: string, ids: readonly string[]): Promise<void>;
  states(slot: string, levelKeys: readonly string[]): Promise<readonly BudgetLevelState[]>;
  coldSlots(): Promise<readonly ColdSlot[]>;
  /** Changes nothing where the slot is of another generation. */
  join(
    slot: string,
    generation: string,
    nodeId: string,
    held: readonly SlotReservation[],
    settled: readonly SlotSettlement[],
  ): Promise<void>;
  isOver(slot: string, generation: string): Promise<boolean>;
  joined(slot: string, generation: string): Promise<readonly string[]>;
  open(slot: string, generation: string, booked: ReadonlyMap<string, BookedLevel>): Promise<void>;
}

const sharedSlot = '*';
const tenantPrefix = 't:';

/** Names the slot of a tenant, or of the pots across tenants: printable, without braces and blanks. */
export function slotOf(tenantId: string | undefined): string {
  return tenantId === undefined ? sharedSlot : tenantPrefix + encodeURIComponent(tenantId);
}

/** The slot as `coldSlots` tells it. */
export function coldSlotOf(slot: string, generation: string): ColdSlot {
  if (slot === sharedSlot) return { generation };
  return { tenantId: decodeURIComponent(slot.slice(tenantPrefix.length)), generation };
}
