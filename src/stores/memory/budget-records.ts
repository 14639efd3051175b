import type { BudgetCrossing } from '../../model/budget.ts';
import type { NanoDollars } from '../../model/money.ts';
import type { SlotReservation } from '../budget-slots.ts';

export interface HeldRecord {
  readonly state: 'HELD';
  readonly slot: string;
  readonly reservation: SlotReservation;
  readonly leaseEndsAt: number;
}

export interface AssumedRecord {
  readonly state: 'ASSUMED';
  readonly levelKeys: readonly string[];
  readonly cost: NanoDollars;
  readonly wasHeld: boolean;
}

export interface SettledRecord {
  readonly state: 'SETTLED';
  readonly wasHeld: boolean;
  /** Told again to whoever repeats the settlement: the first answer may have been lost. */
  readonly crossed: readonly BudgetCrossing[];
}

export type BudgetRecord = HeldRecord | AssumedRecord | SettledRecord;

/** What became of each reservation, by slot and id. */
export interface BudgetRecords {
  get(slot: string, id: string): BudgetRecord | undefined;
  hold(slot: string, reservation: SlotReservation, leaseEndsAt: number): void;
  renew(slot: string, id: string, leaseEndsAt: number): void;
  /** Replaces what was known, and forgets it at `forgetAt`. */
  close(slot: string, id: string, record: AssumedRecord | SettledRecord, forgetAt: number): void;
  /** Forgets it at once. */
  drop(slot: string, id: string): void;
  expired(now: number): Iterable<HeldRecord>;
  /** In the order of `close`, as far as they are due. */
  forget(now: number): void;
}

export function createBudgetRecords(): BudgetRecords {
  /** From the lease that ends first to the one that ends last: all leases are of one length, and a map keeps its order. */
  const held = new Map<string, HeldRecord>();
  const closed = {
    SETTLED: new Map<string, { readonly record: SettledRecord; readonly forgetAt: number }>(),
    ASSUMED: new Map<string, { readonly record: AssumedRecord; readonly forgetAt: number }>(),
  };

  return {
    get(slot, id) {
      const name = nameOf(slot, id);
      return held.get(name) ?? closed.SETTLED.get(name)?.record ?? closed.ASSUMED.get(name)?.record;
    },
    hold(slot, reservation, leaseEndsAt) {
      held.set(nameOf(slot, reservation.id), { state: 'HELD', slot, reservation, leaseEndsAt });
    },
    renew(slot, id, leaseEndsAt) {
      const name = nameOf(slot, id);
      const record = held.get(name);
      if (record === undefined) return;
      held.delete(name);
      held.set(name, { ...record, leaseEndsAt });
    },
    close(slot, id, record, forgetAt) {
      const name = nameOf(slot, id);
      held.delete(name);
      closed.ASSUMED.delete(name);
      if (record.state === 'SETTLED') closed.SETTLED.set(name, { record, forgetAt });
      else closed.ASSUMED.set(name, { record, forgetAt });
    },
    drop: (slot, id) => void held.delete(nameOf(slot, id)),
    *expired(now) {
      for (const record of held.values()) {
        if (record.leaseEndsAt > now) return;
        yield record;
      }
    },
    forget(now) {
      for (const records of [closed.SETTLED, closed.ASSUMED]) {
        for (const [name, { forgetAt }] of records) {
          if (forgetAt > now) break;
          records.delete(name);
        }
      }
    },
  };
}

function nameOf(slot: string, id: string): string {
  return `${slot} ${id}`;
}
