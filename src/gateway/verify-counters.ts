import type { BudgetLevel } from '../model/budget.ts';
import type { Clock } from '../model/clock.ts';
import type { NanoDollars } from '../model/money.ts';
import type { BudgetStore } from '../stores/budget-store.ts';
import type { LedgerChecks, LedgerDifference, LevelCost } from '../stores/ledger-checks.ts';
import { differenceOf } from './verify-levels.ts';

/** What counts the money of budgets. */
export interface Counters extends Pick<BudgetStore, 'states' | 'coldSlots'> {
  /** Other nodes settle what is not booked yet, and this one cannot see: a counter may be ahead. Default false. */
  readonly hasOthers?: boolean;
}

/** Looks twice, so far apart. */
const againMs = 1_000;
const levelsAtOnce = 200;
const noLimit = 0n;

/**
 * Compares counters with what is booked on each level whose window is not over: a counter is never below, and above by no more
 * than what is in flight. Slots that are being rebuilt are left out. A difference counts if it is there the second time too.
 */
export async function verifyCounters(
  checks: LedgerChecks,
  counters: Counters,
  clock: Clock,
): Promise<readonly LedgerDifference[]> {
  const first = await look(checks, counters, clock);
  if (first.size === 0) return [];
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(againMs, resolve);
  await promise;
  const second = await look(checks, counters, clock);
  return [...second].flatMap(([id, difference]) =>
    first.get(id)?.off.cost === difference.off.cost ? [difference] : [],
  );
}

async function look(
  checks: LedgerChecks,
  counters: Counters,
  clock: Clock,
): Promise<ReadonlyMap<string, LedgerDifference>> {
  const now = clock.now();
  const early = await bookedLevels(checks);
  const open = [...early.values()].filter(({ resetsAt }) => resetsAt === undefined || resetsAt > now);
  const cold = await coldTenants(counters);
  const seen: { readonly level: BookedLevel; readonly spent: NanoDollars; readonly held: NanoDollars }[] = [];
  for (const levels of Map.groupBy(open, level => level.tenantId).values()) {
    for (let start = 0; start < levels.length; start += levelsAtOnce) {
      const some = levels.slice(start, start + levelsAtOnce);
      const states = await counters.states(some.map(budgetLevel));
      for (const [index, level] of some.entries()) {
        const { spent, reserved } = states[index] ?? { spent: 0n, reserved: 0n };
        seen.push({ level, spent, held: reserved });
      }
    }
  }
  const late = await bookedLevels(checks);
  const stillCold = await coldTenants(counters);
  const differences = seen.flatMap(({ level, spent, held }) => {
    const { tenantId, cost, running } = level;
    const id = idOf(level);
    const then = late.get(id);
    if (then === undefined || cold.has(tenantId) || stillCold.has(tenantId)) return [];
    const [least, most] = cost < then.cost ? [cost, then.cost] : [then.cost, cost];
    const bound = most + running + then.running + held;
    const ahead = counters.hasOthers === true || spent <= bound ? 0n : spent - bound;
    const off = spent < least ? spent - least : ahead;
    return off === 0n ? [] : [[id, differenceOf('BUDGET_COUNTER', level, off)] as const];
  });
  return new Map(differences);
}

interface BookedLevel extends LevelCost {
  /** Of completions that go on. */
  readonly running: NanoDollars;
}

async function bookedLevels(checks: LedgerChecks): Promise<ReadonlyMap<string, BookedLevel>> {
  const { booked, running } = await checks.levels({ from: 0, to: 0 }, true);
  const going = new Map(running.map(level => [idOf(level), level.cost]));
  return new Map(booked.map(level => [idOf(level), { ...level, running: going.get(idOf(level)) ?? 0n }]));
}

async function coldTenants(counters: Counters): Promise<ReadonlySet<string | undefined>> {
  return new Set((await counters.coldSlots()).map(({ tenantId }) => tenantId));
}

function budgetLevel({ key, tenantId, resetsAt }: LevelCost): BudgetLevel {
  return {
    key,
    limit: noLimit,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
  };
}

function idOf({ tenantId = '', key }: Pick<LevelCost, 'tenantId' | 'key'>): string {
  return JSON.stringify([tenantId, key]);
}
