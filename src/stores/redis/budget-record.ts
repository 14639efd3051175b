import type { BudgetLevel } from '../../model/budget.ts';
import type { NanoDollars } from '../../model/money.ts';
import type { SlotReservation } from '../budget-slots.ts';
import type { ExpiredReservation } from '../budget-store.ts';

const giga = 1_000_000_000n;

/** Whole dollars and the nanos beyond, as the scripts take an amount. */
export function splitAmount(amount: NanoDollars): readonly [dollars: string, nanos: string] {
  return [`${amount / giga}`, `${amount % giga}`];
}

/** The amount that a script answered. */
export function joinAmount(dollars: unknown, nanos: unknown): NanoDollars {
  return BigInt(String(dollars)) * giga + BigInt(String(nanos));
}

/** Key, limit, end of the window and whether it refuses nothing, of each level, as the scripts take them. */
export function levelArguments(levels: readonly BudgetLevel[]): readonly string[] {
  return levels.flatMap(({ key, limit, resetsAt, isMonitored = false }) => [
    key,
    ...splitAmount(limit),
    resetsAt === undefined ? '' : `${resetsAt}`,
    isMonitored ? '1' : '',
  ]);
}

interface Header {
  /** The tenant. */
  readonly t: string;
  /** The amount, dollars and nanos. */
  readonly d: number;
  readonly n: number;
  /** The levels of this slot, each with the end of its window. */
  readonly l: readonly (readonly [key: string, resetsAt: number | null])[];
  /** The keys of the levels in the other slot. */
  readonly o: readonly string[];
}

/** What Redis keeps of a reservation while it is held: a line that the scripts read, and the facts that they do not. */
export function heldRecord({ tenantId, levels, levelKeys, amount, facts }: SlotReservation): string {
  const own = levels.map(level => level.key);
  const header: Header = {
    t: tenantId,
    d: Number(amount / giga),
    n: Number(amount % giga),
    l: levels.map(({ key, resetsAt }) => [key, resetsAt ?? null]),
    o: levelKeys.filter(key => !own.includes(key)),
  };
  return `h${JSON.stringify(header)}\n${facts}`;
}

/** The reservation that `heldRecord` wrote; `isShared`: in the slot across tenants. */
export function readHeldRecord(id: string, record: string, isShared: boolean): ExpiredReservation {
  const end = record.indexOf('\n');
  const header: Header = JSON.parse(record.slice(1, end));
  const here = listOf(header.l).map(([key]) => key);
  const others = listOf(header.o);
  const [own, shared] = isShared ? [others, here] : [here, others];
  return {
    id,
    tenantId: header.t,
    amount: joinAmount(header.d, header.n),
    facts: record.slice(end + 1),
    levelKeys: [...own, ...shared],
    sharedLevelKeys: shared,
  };
}

/** A script writes an empty list as an object. */
function listOf<Item>(list: readonly Item[]): readonly Item[] {
  return Array.isArray(list) ? list : [];
}
