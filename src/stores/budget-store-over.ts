import { ColdBudgetSlotError } from '../errors.ts';
import type { BudgetLevel } from '../model/budget.ts';
import type { NanoDollars } from '../model/money.ts';
import { type BudgetSlots, type SlotReservation, type SlotSettlement, slotOf } from './budget-slots.ts';
import type { BookedLevel, BudgetStore, ColdSlot, Reservation, ReservationResult, Settlement } from './budget-store.ts';

const levelKey = /^[!-z|~]{1,400}$/;
const mostNanoDollars = 1_000_000_000n * 1_000_000_000n;
const mostLimit = 1000n * mostNanoDollars;

/**
 * Makes a BudgetStore of slots: the levels across tenants first, then those of the tenant, each in one atomic step.
 *
 * The tenant's slot keeps every reservation, also one without levels there, so that its facts are found.
 */
export function budgetStoreOver(slots: BudgetSlots): BudgetStore {
  /** @returns Undefined where it is cold. */
  async function reserveOwn(reservation: Reservation, shared: SlotReservation): Promise<ReservationResult | undefined> {
    const own = await slots.reserve(slotOf(reservation.tenantId), partOf(reservation, reservation.tenantId));
    // Before anybody is told: the same id may come again at once, and must be held here too.
    if (own?.isReserved !== true && shared.levels.length > 0) await giveBack(shared);
    return own;
  }

  async function giveBack(shared: SlotReservation): Promise<void> {
    await slots.settle(slotOf(undefined), { id: shared.id, levels: shared.levels, cost: 0n, isGivenBack: true });
  }

  return {
    isShared: slots.isShared,
    leaseMs: slots.leaseMs,
    async reserve(reservation) {
      checkReservation(reservation);
      const shared = partOf(reservation, undefined);
      if (shared.levels.length === 0) return orCold(await reserveOwn(reservation, shared));
      const first = orCold(await slots.reserve(slotOf(undefined), shared));
      if (!first.isReserved) return first;
      let own: ReservationResult | undefined;
      try {
        own = await reserveOwn(reservation, shared);
      } catch (error) {
        // Nobody waits for it: whoever reserved settles at 0 what it does not call, and a lease ends.
        giveBack(shared).catch(() => {});
        throw error;
      }
      const { crossed, ...result } = orCold(own);
      return { ...result, crossed: [...first.crossed, ...crossed] };
    },
    async renew(reservations) {
      const bySlot = new Map<string, string[]>();
      for (const { id, tenantId, levels } of reservations) {
        for (const slot of slotsOf(tenantId, levels)) {
          const ids = bySlot.get(slot);
          if (ids === undefined) bySlot.set(slot, [id]);
          else ids.push(id);
        }
      }
      await Promise.all([...bySlot].map(([slot, ids]) => slots.renew(slot, ids)));
    },
    async settle(settlement) {
      checkLevels(settlement.tenantId, settlement.levels);
      checkAmount('cost', settlement.cost);
      const { tenantId, levels } = settlement;
      if (settlement.booked !== undefined) checkAmount('booked', settlement.booked);
      const parts = slotsOf(tenantId, levels).map(slot => slots.settle(slot, settlementIn(slot, settlement)));
      return (await Promise.all(parts)).flatMap(orCold);
    },
    expired: most => slots.expired(most),
    async assume(expired, cost) {
      checkAmount('cost', cost);
      const { id, tenantId, levelKeys, sharedLevelKeys } = expired;
      const ownKeys = levelKeys.filter(key => !sharedLevelKeys.includes(key));
      const own = slots.assume(slotOf(tenantId), id, ownKeys, cost);
      if (sharedLevelKeys.length === 0) return own;
      return (await Promise.all([slots.assume(slotOf(undefined), id, sharedLevelKeys, cost), own])).flat();
    },
    async letGo(settled) {
      const bySlot = Map.groupBy(settled, ({ tenantId }) => slotOf(tenantId));
      const parts = [...bySlot].map(([slot, some]) =>
        slots.letGo(
          slot,
          some.map(({ id }) => id),
        ),
      );
      await Promise.all(parts);
    },
    async states(levels) {
      const [first] = levels;
      if (first === undefined) return [];
      const { tenantId } = first;
      if (levels.some(level => level.tenantId !== tenantId)) throw new TypeError('levels: must be of one tenant');
      return slots.states(
        slotOf(tenantId),
        levels.map(level => level.key),
      );
    },
    coldSlots: () => slots.coldSlots(),
    async join(slot, nodeId, held, settled) {
      held.forEach(checkReservation);
      const name = slotOf(slot.tenantId);
      const ofSlot = (each: Reservation | Settlement) => slotsOf(each.tenantId, each.levels).includes(name);
      await slots.join(
        name,
        slot.generation,
        nodeId,
        held.filter(ofSlot).map(each => partOf(each, slot.tenantId)),
        settled.filter(ofSlot).map(each => settlementIn(name, each)),
      );
    },
    isOver: slot => slots.isOver(slotOf(slot.tenantId), slot.generation),
    joined: slot => slots.joined(slotOf(slot.tenantId), slot.generation),
    open: (slot: ColdSlot, booked: ReadonlyMap<string, BookedLevel>) =>
      slots.open(slotOf(slot.tenantId), slot.generation, booked),
  };
}

function orCold<Result>(result: Result | undefined): Result {
  if (result === undefined) throw new ColdBudgetSlotError();
  return result;
}

/** The slots that an attempt counts in: always its tenant's, and the one across tenants where it has levels there. */
function slotsOf(tenantId: string, levels: readonly BudgetLevel[]): readonly string[] {
  const own = slotOf(tenantId);
  return levels.some(level => level.tenantId === undefined) ? [slotOf(undefined), own] : [own];
}

function partOf(reservation: Reservation, tenantId: string | undefined): SlotReservation {
  const { levels } = reservation;
  return {
    id: reservation.id,
    tenantId: reservation.tenantId,
    levels: levels.filter(level => level.tenantId === tenantId),
    levelKeys: levels.map(level => level.key),
    sharedLevelKeys: levels.filter(level => level.tenantId === undefined).map(level => level.key),
    amount: reservation.amount,
    facts: reservation.facts,
  };
}

/** The facts are kept once, with the tenant. */
function settlementIn(slot: string, settlement: Settlement): SlotSettlement {
  const { id, tenantId, levels, cost, keepsFacts = false, facts, booked } = settlement;
  const ofSlot = levels.filter(level => slotOf(level.tenantId) === slot);
  const part = { id, levels: ofSlot, cost, ...(booked === undefined ? {} : { booked }) };
  if (!keepsFacts || slot !== slotOf(tenantId)) return part;
  const unknown =
    facts === undefined ? {} : { unknown: partOf({ id, tenantId, levels, amount: cost, facts }, tenantId) };
  return { ...part, keepsFacts, ...unknown };
}

function checkReservation(reservation: Reservation): void {
  checkLevels(reservation.tenantId, reservation.levels);
  checkAmount('amount', reservation.amount);
}

function checkLevels(tenantId: string, levels: readonly BudgetLevel[]): void {
  if (new Set(levels.map(level => level.key)).size < levels.length) throw new TypeError('levels: a key comes twice');
  for (const level of levels) {
    if (!levelKey.test(level.key))
      throw new TypeError('levels: a key must be printable ASCII without blanks and braces');
    if (level.limit < 0n || level.limit > mostLimit)
      throw new TypeError('levels: a limit must be from 0 to 10^12 dollars');
    if (level.resetsAt !== undefined && !Number.isSafeInteger(level.resetsAt)) {
      throw new TypeError('levels: resetsAt must be in whole milliseconds');
    }
    if (level.tenantId !== undefined && level.tenantId !== tenantId) {
      throw new TypeError('levels: must be of the tenant or across tenants');
    }
  }
}

function checkAmount(name: string, amount: NanoDollars): void {
  if (amount < 0n || amount > mostNanoDollars) throw new TypeError(`${name}: must be from 0 to a billion dollars`);
}
