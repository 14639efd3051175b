import type { BudgetLevel } from '../../model/budget.ts';
import { type BudgetSlots, coldSlotOf, type SlotReservation, type SlotSettlement } from '../budget-slots.ts';
import type { ExpiredReservation, ReservationResult } from '../budget-store.ts';
import { createLevelCounters, type LevelCounters } from './budget-levels.ts';
import { createBudgetRecords } from './budget-records.ts';

export interface MemoryBudgetSlotsOptions {
  readonly now: () => number;
  readonly leaseMs: number;
  readonly settledRetentionMs: number;
  readonly newGeneration: () => string;
}

interface Slot {
  readonly levels: LevelCounters;
  /** Undefined until somebody asks for it. */
  generation: string | undefined;
  isOpen: boolean;
  readonly joined: Set<string>;
}

const assumedRetentionMs = 7 * 86_400_000;
const sweepEveryMs = 3_600_000;

/** Slots of money in this process. Each method is one step: nothing is awaited in it. */
export function memoryBudgetSlots(options: MemoryBudgetSlotsOptions): BudgetSlots {
  const { now, leaseMs, settledRetentionMs, newGeneration } = options;
  const slots = new Map<string, Slot>();
  const records = createBudgetRecords();
  let sweptAt = now();

  function slotNamed(name: string): Slot {
    const known = slots.get(name);
    if (known !== undefined) return known;
    const slot: Slot = { levels: createLevelCounters(), generation: undefined, isOpen: false, joined: new Set() };
    slots.set(name, slot);
    return slot;
  }

  function announce(slot: Slot): void {
    slot.generation ??= newGeneration();
  }

  function sweep(): void {
    records.forget(now());
    if (now() - sweptAt < sweepEveryMs) return;
    sweptAt = now();
    for (const { levels } of slots.values()) levels.forgetExpired(now());
  }

  function hold(name: string, reservation: SlotReservation): void {
    const { levels } = slotNamed(name);
    for (const level of reservation.levels) levels.see(level);
    levels.hold(keysOf(reservation.levels), reservation.amount);
    records.hold(name, reservation, now() + leaseMs);
  }

  function reserve(name: string, reservation: SlotReservation): ReservationResult | undefined {
    const slot = slotNamed(name);
    if (!slot.isOpen && reservation.levels.length > 0) {
      announce(slot);
      return undefined;
    }
    const known = records.get(name, reservation.id);
    if (known !== undefined) {
      if (known.state === 'HELD' || known.wasHeld) return { isReserved: true, crossed: [] };
      return { isReserved: false, refusedBy: '', remaining: 0n, crossed: [] };
    }
    const { levels } = slot;
    for (const level of reservation.levels) levels.see(level);
    const crossed = levels.reached(reservation.levels);
    for (const level of reservation.levels) {
      const { spent, reserved } = levels.of(level.key);
      const remaining = level.limit - spent - reserved;
      if (level.isMonitored === true || reservation.amount <= remaining) continue;
      return {
        isReserved: false,
        refusedBy: level.key,
        remaining: remaining < 0n ? 0n : remaining,
        crossed: reservation.amount > level.limit ? crossed : [...crossed, ...levels.refused(level)],
      };
    }
    hold(name, reservation);
    return { isReserved: true, crossed };
  }

  /** What a cold slot does not know comes with a node that joins, or is in what the ledger has booked: not both. */
  function isLeftToRebuilding(name: string, levels: number): boolean {
    return levels > 0 && !slotNamed(name).isOpen;
  }

  function giveBack(name: string, id: string): void {
    const known = records.get(name, id);
    if (known?.state !== 'HELD') return;
    slotNamed(name).levels.release(keysOf(known.reservation.levels), known.reservation.amount);
    records.drop(name, id);
  }

  function settle(name: string, { id, levels, cost, booked }: SlotSettlement, isJoining = false) {
    const known = records.get(name, id);
    if (known?.state === 'SETTLED') return known.crossed;
    if (known === undefined && !isJoining && isLeftToRebuilding(name, levels.length)) {
      if (booked === undefined) return [];
      announce(slotNamed(name));
      return undefined;
    }
    const counters = slotNamed(name).levels;
    const forgetAt = now() + settledRetentionMs;
    let keys = keysOf(levels);
    let added = cost;
    const wasHeld = known !== undefined && (known.state === 'HELD' || known.wasHeld);
    if (known?.state === 'HELD') {
      keys = keysOf(known.reservation.levels);
      counters.release(keys, known.reservation.amount);
    } else if (known?.state === 'ASSUMED') {
      keys = known.levelKeys;
      added = cost - known.cost;
    } else {
      added = cost - (booked ?? 0n);
      for (const level of levels) counters.see(level);
    }
    const crossed = counters.spend(keys, added, levels);
    records.close(name, id, { state: 'SETTLED', wasHeld, crossed }, forgetAt);
    return crossed;
  }

  return {
    isShared: false,
    leaseMs,
    async reserve(name, reservation) {
      sweep();
      return reserve(name, reservation);
    },
    async renew(name, ids) {
      for (const id of ids) records.renew(name, id, now() + leaseMs);
    },
    async settle(name, settlement) {
      sweep();
      if (settlement.isGivenBack !== true) return settle(name, settlement);
      giveBack(name, settlement.id);
      return [];
    },
    async expired(most) {
      const found = new Map<string, ExpiredReservation>();
      for (const { reservation } of records.expired(now())) {
        if (found.size >= most) break;
        const { id, tenantId, amount, facts, levelKeys, sharedLevelKeys } = reservation;
        found.set(id, { id, tenantId, amount, facts, levelKeys, sharedLevelKeys });
      }
      return [...found.values()];
    },
    async assume(name, id, levelKeys, cost) {
      const known = records.get(name, id);
      if (known?.state === 'SETTLED' || known?.state === 'ASSUMED') return [];
      if (known?.state === 'HELD' && known.leaseEndsAt > now()) return [];
      if (known === undefined && isLeftToRebuilding(name, levelKeys.length)) return [];
      const { levels } = slotNamed(name);
      const keys = known === undefined ? levelKeys : keysOf(known.reservation.levels);
      if (known !== undefined) levels.release(keys, known.reservation.amount);
      records.close(
        name,
        id,
        { state: 'ASSUMED', levelKeys: keys, cost, wasHeld: known !== undefined },
        now() + assumedRetentionMs,
      );
      return levels.spend(keys, cost, []);
    },
    // Who shares them with nobody keeps no facts.
    letGo: () => Promise.resolve(),
    async states(name, levelKeys) {
      const slot = slotNamed(name);
      if (!slot.isOpen) announce(slot);
      return levelKeys.map(key => {
        const counter = slot.levels.peek(key);
        return { spent: counter?.spent ?? 0n, reserved: counter?.reserved ?? 0n };
      });
    },
    async coldSlots() {
      return [...slots].flatMap(([name, { generation, isOpen }]) =>
        isOpen || generation === undefined ? [] : [coldSlotOf(name, generation)],
      );
    },
    async join(name, generation, nodeId, held, settled) {
      const slot = slotNamed(name);
      if (slot.generation !== generation) return;
      for (const reservation of held) if (records.get(name, reservation.id) === undefined) hold(name, reservation);
      for (const settlement of settled) settle(name, settlement, true);
      slot.joined.add(nodeId);
    },
    async isOver(name, generation) {
      const slot = slotNamed(name);
      return slot.isOpen || slot.generation !== generation;
    },
    async joined(name, generation) {
      const slot = slotNamed(name);
      return slot.generation === generation ? [...slot.joined] : [];
    },
    async open(name, generation, booked) {
      const slot = slotNamed(name);
      if (slot.generation !== generation || slot.isOpen) return;
      for (const [key, level] of booked) slot.levels.book(key, level);
      slot.isOpen = true;
    },
  };
}

function keysOf(levels: readonly BudgetLevel[]): readonly string[] {
  return levels.map(level => level.key);
}
