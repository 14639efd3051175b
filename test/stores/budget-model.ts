import type { BudgetCrossing, BudgetLevel } from '../../src/model/budget.ts';
import type { Reservation, ReservationResult, Settlement } from '../../src/stores/budget-store.ts';

interface ModelRecord {
  readonly state: 'HELD' | 'ASSUMED' | 'SETTLED';
  readonly wasHeld: boolean;
  readonly hasExpired: boolean;
  readonly keys: readonly string[];
  readonly amount: bigint;
  readonly crossed: readonly BudgetCrossing[];
}

export interface ModelSlot {
  isOpen: boolean;
  readonly records: Map<string, ModelRecord>;
  readonly booked: Map<string, bigint>;
  readonly limits: Map<string, bigint>;
  readonly told: Map<string, bigint>;
}

/**
 * What a BudgetStore is to do, told as plainly as can be: it keeps no counters, but what became of every reservation, and
 * sums that up whenever it is asked.
 */
export class BudgetModel {
  readonly slots = new Map<string | undefined, ModelSlot>();

  slot(tenantId: string | undefined): ModelSlot {
    const known = this.slots.get(tenantId);
    if (known !== undefined) return known;
    const slot = { isOpen: false, records: new Map(), booked: new Map(), limits: new Map(), told: new Map() };
    this.slots.set(tenantId, slot);
    return slot;
  }

  lose(tenantId: string | undefined): void {
    this.slots.delete(tenantId);
  }

  spent(slot: ModelSlot, key: string): bigint {
    return this.sum(slot, key, record => record.state !== 'HELD') + (slot.booked.get(key) ?? 0n);
  }

  reserved(slot: ModelSlot, key: string): bigint {
    return this.sum(slot, key, record => record.state === 'HELD');
  }

  /** Undefined: cold. */
  reserve(reservation: Reservation): ReservationResult | undefined {
    const shared = reservation.levels.filter(level => level.tenantId === undefined);
    const own = reservation.levels.filter(level => level.tenantId !== undefined);
    let before: readonly BudgetCrossing[] = [];
    if (shared.length > 0) {
      const first = this.reserveIn(undefined, reservation, shared);
      if (first === undefined || !first.isReserved) return first;
      before = first.crossed;
    }
    const second = this.reserveIn(reservation.tenantId, reservation, own);
    if (second?.isReserved !== true && shared.length > 0) {
      const { records } = this.slot(undefined);
      if (records.get(reservation.id)?.state === 'HELD') records.delete(reservation.id);
    }
    return second === undefined ? undefined : { ...second, crossed: [...before, ...second.crossed] };
  }

  settle(settlement: Settlement): readonly BudgetCrossing[] {
    const shared = settlement.levels.filter(level => level.tenantId === undefined);
    const own = settlement.levels.filter(level => level.tenantId !== undefined);
    return [
      ...(shared.length === 0 ? [] : this.settleIn(undefined, { ...settlement, levels: shared })),
      ...this.settleIn(settlement.tenantId, { ...settlement, levels: own }),
    ];
  }

  renew(tenantIds: readonly (string | undefined)[], id: string): void {
    for (const tenantId of tenantIds) {
      const { records } = this.slot(tenantId);
      const known = records.get(id);
      if (known?.state === 'HELD') records.set(id, { ...known, hasExpired: false });
    }
  }

  endLeases(): void {
    for (const { records } of this.slots.values()) {
      for (const [id, record] of records) if (record.state === 'HELD') records.set(id, { ...record, hasExpired: true });
    }
  }

  expiredIds(): readonly string[] {
    const all = [...this.slots.values()].flatMap(({ records }) => [...records]);
    const expired = all.filter(([, record]) => record.state === 'HELD' && record.hasExpired).map(([id]) => id);
    return [...new Set(expired)].sort();
  }

  assume(tenantId: string | undefined, id: string, keys: readonly string[], cost: bigint): readonly BudgetCrossing[] {
    const slot = this.slot(tenantId);
    const known = slot.records.get(id);
    if (known !== undefined && (known.state !== 'HELD' || !known.hasExpired)) return [];
    if (known === undefined && keys.length > 0 && !slot.isOpen) return [];
    const counted = known?.keys ?? keys;
    const wasHeld = known !== undefined;
    slot.records.set(id, { state: 'ASSUMED', wasHeld, hasExpired: false, keys: counted, amount: cost, crossed: [] });
    return counted.flatMap(key => this.tell(slot, key, slot.limits.get(key)));
  }

  join(tenantId: string | undefined, held: readonly Reservation[], settled: readonly Settlement[]): void {
    const slot = this.slot(tenantId);
    for (const each of held) {
      const levels = each.levels.filter(level => level.tenantId === tenantId);
      if (!this.concerns(tenantId, each) || slot.records.has(each.id)) continue;
      this.hold(slot, each, levels);
    }
    for (const each of settled) {
      const levels = each.levels.filter(level => level.tenantId === tenantId);
      if (this.concerns(tenantId, each)) this.settleIn(tenantId, { ...each, levels }, true);
    }
  }

  private concerns(tenantId: string | undefined, { levels, tenantId: own }: Pick<Reservation, 'levels' | 'tenantId'>) {
    return tenantId === undefined ? levels.some(level => level.tenantId === undefined) : tenantId === own;
  }

  private sum(slot: ModelSlot, key: string, isCounted: (record: ModelRecord) => boolean): bigint {
    const counted = [...slot.records.values()].filter(record => record.keys.includes(key) && isCounted(record));
    return counted.reduce((total, { amount }) => total + amount, 0n);
  }

  private hold(slot: ModelSlot, { id, amount }: Reservation, levels: readonly BudgetLevel[]): void {
    for (const level of levels) slot.limits.set(level.key, level.limit);
    const keys = levels.map(level => level.key);
    slot.records.set(id, { state: 'HELD', wasHeld: true, hasExpired: false, keys, amount, crossed: [] });
  }

  private reserveIn(
    tenantId: string | undefined,
    reservation: Reservation,
    levels: readonly BudgetLevel[],
  ): ReservationResult | undefined {
    const slot = this.slot(tenantId);
    if (!slot.isOpen && levels.length > 0) return undefined;
    const known = slot.records.get(reservation.id);
    if (known?.wasHeld === true) return { isReserved: true, crossed: [] };
    if (known !== undefined) return { isReserved: false, refusedBy: '', remaining: 0n, crossed: [] };
    for (const level of levels) slot.limits.set(level.key, level.limit);
    const crossed = levels.flatMap(level => this.tell(slot, level.key, level.limit));
    const left = ({ key, limit }: BudgetLevel) => limit - this.spent(slot, key) - this.reserved(slot, key);
    const tooFull = levels.find(level => left(level) < reservation.amount);
    if (tooFull === undefined) {
      this.hold(slot, reservation, levels);
      return { isReserved: true, crossed };
    }
    const remaining = left(tooFull) < 0n ? 0n : left(tooFull);
    const refused = reservation.amount > tooFull.limit ? [] : this.tellOnce(slot, tooFull.key, 100, tooFull.limit);
    return { isReserved: false, refusedBy: tooFull.key, remaining, crossed: [...crossed, ...refused] };
  }

  private settleIn(
    tenantId: string | undefined,
    { id, levels, cost }: Settlement,
    isJoining = false,
  ): readonly BudgetCrossing[] {
    const slot = this.slot(tenantId);
    const known = slot.records.get(id);
    if (known?.state === 'SETTLED') return known.crossed;
    if (known === undefined && !isJoining && levels.length > 0 && !slot.isOpen) return [];
    if (known === undefined) for (const level of levels) slot.limits.set(level.key, level.limit);
    const keys = known?.keys ?? levels.map(level => level.key);
    const record = {
      state: 'SETTLED',
      wasHeld: known?.wasHeld ?? false,
      hasExpired: false,
      keys,
      amount: cost,
    } as const;
    slot.records.set(id, { ...record, crossed: [] });
    const limitOf = (key: string) => levels.find(level => level.key === key)?.limit ?? slot.limits.get(key);
    const crossed = keys.flatMap(key => this.tell(slot, key, limitOf(key)));
    slot.records.set(id, { ...record, crossed });
    return crossed;
  }

  private tell(slot: ModelSlot, key: string, limit: bigint | undefined): readonly BudgetCrossing[] {
    const spent = this.spent(slot, key);
    if (limit === undefined || spent === 0n) return [];
    return ([80, 100] as const)
      .filter(threshold => spent * 100n >= limit * BigInt(threshold))
      .flatMap(threshold => this.tellOnce(slot, key, threshold, limit));
  }

  private tellOnce(slot: ModelSlot, key: string, threshold: 80 | 100, limit: bigint): readonly BudgetCrossing[] {
    const name = `${key} ${threshold}`;
    const told = slot.told.get(name);
    if (told !== undefined && told >= limit) return [];
    slot.told.set(name, limit);
    return [{ key, threshold }];
  }
}
