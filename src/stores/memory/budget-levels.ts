import type { BudgetCrossing, BudgetLevel } from '../../model/budget.ts';
import type { NanoDollars } from '../../model/money.ts';
import { type ToldLimits, tellReached, tellRefused } from '../budget-crossings.ts';
import type { BookedLevel } from '../budget-store.ts';

export interface LevelCounter {
  spent: NanoDollars;
  reserved: NanoDollars;
  /** The last one that something was reserved against. */
  limit: NanoDollars | undefined;
  expiresAt: number | undefined;
  readonly told: ToldLimits;
}

/** How long after its window a level is kept for late settlements. */
const keptAfterWindowMs = 8 * 86_400_000;

/** The counters of one slot, by key. */
export interface LevelCounters {
  peek(key: string): LevelCounter | undefined;
  of(key: string): LevelCounter;
  /** Notes limit and window. */
  see(level: BudgetLevel): LevelCounter;
  /** Adds what the ledger has booked. */
  book(key: string, level: BookedLevel): void;
  hold(keys: readonly string[], amount: NanoDollars): void;
  release(keys: readonly string[], amount: NanoDollars): void;
  /** Adds what may be negative, down to 0, and tells what that crosses. `limits` are those to judge by, if not the last seen. */
  spend(keys: readonly string[], amount: NanoDollars, levels: readonly BudgetLevel[]): readonly BudgetCrossing[];
  /** Tells what the limits of these levels make crossed. */
  reached(levels: readonly BudgetLevel[]): readonly BudgetCrossing[];
  refused(level: BudgetLevel): readonly BudgetCrossing[];
  forgetExpired(now: number): void;
}

export function createLevelCounters(): LevelCounters {
  const counters = new Map<string, LevelCounter>();

  function of(key: string): LevelCounter {
    const known = counters.get(key);
    if (known !== undefined) return known;
    const counter: LevelCounter = {
      spent: 0n,
      reserved: 0n,
      limit: undefined,
      expiresAt: undefined,
      told: new Map(),
    };
    counters.set(key, counter);
    return counter;
  }

  function see(level: BudgetLevel): LevelCounter {
    const counter = of(level.key);
    counter.limit = level.limit;
    seeWindow(counter, level.resetsAt);
    return counter;
  }

  function seeWindow(counter: LevelCounter, resetsAt: number | undefined): void {
    if (resetsAt !== undefined) counter.expiresAt = resetsAt + keptAfterWindowMs;
  }

  function crossings(key: string, counter: LevelCounter, limit: NanoDollars): readonly BudgetCrossing[] {
    return tellReached(counter.spent, limit, counter.told).map(threshold => ({ key, threshold }));
  }

  return {
    peek: key => counters.get(key),
    of,
    see,
    book(key, { cost, resetsAt }) {
      const counter = of(key);
      counter.spent += cost;
      seeWindow(counter, resetsAt);
    },
    hold(keys, amount) {
      for (const key of keys) of(key).reserved += amount;
    },
    release(keys, amount) {
      for (const key of keys) {
        const counter = of(key);
        counter.reserved = notBelowZero(counter.reserved - amount);
      }
    },
    spend(keys, amount, levels) {
      return keys.flatMap(key => {
        const counter = of(key);
        counter.spent = notBelowZero(counter.spent + amount);
        const limit = levels.find(level => level.key === key)?.limit ?? counter.limit;
        return limit === undefined ? [] : crossings(key, counter, limit);
      });
    },
    reached: levels => levels.flatMap(level => crossings(level.key, of(level.key), level.limit)),
    refused(level) {
      return tellRefused(level.limit, of(level.key).told) ? [{ key: level.key, threshold: 100 }] : [];
    },
    forgetExpired(now) {
      for (const [key, { expiresAt }] of counters)
        if (expiresAt !== undefined && expiresAt <= now) counters.delete(key);
    },
  };
}

/** A counter that went with its window may be asked for more than it holds. */
function notBelowZero(amount: NanoDollars): NanoDollars {
  return amount < 0n ? 0n : amount;
}
