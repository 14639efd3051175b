import type { NanoDollars } from '../model/money.ts';

/** Whole hours: milliseconds since the epoch, the end exclusive. */
export interface LedgerSpan {
  readonly from: number;
  readonly to: number;
}

export type LedgerCheckName =
  /** Usage by hour against the completions and attempts themselves, corrections included. */
  | 'USAGE_HOUR'
  /** Usage by day against usage by hour. */
  | 'USAGE_DAY'
  /** Usage by month against usage by day. */
  | 'USAGE_MONTH'
  /** What is booked on a budget level against the attempts that are counted against it. */
  | 'BUDGET_TOTAL'
  /** What a counter says was spent against what is booked. */
  | 'BUDGET_COUNTER'
  | 'ATTEMPT_WITHOUT_COMPLETION'
  /** An attempt that was never settled, of a completion that has ended. */
  | 'OPEN_ATTEMPT'
  | 'NEGATIVE_AMOUNT';

/** Two parts of the ledger that do not say the same, or one that says what cannot be. */
export interface LedgerDifference {
  readonly check: LedgerCheckName;
  /** The row that it is about, by the columns that tell it from others. */
  readonly key: Readonly<Record<string, string>>;
  /** By column what is there less what ought to be; empty where it is no matter of amounts. */
  readonly off: Readonly<Record<string, bigint>>;
}

/** A budget level and an amount on it. */
export interface LevelCost {
  /** Absent: across tenants. */
  readonly tenantId?: string;
  readonly key: string;
  readonly resetsAt?: number;
  readonly cost: NanoDollars;
}

export interface HoursCheck {
  readonly completions: number;
  readonly attempts: number;
  /** The first 20 of each check. */
  readonly differences: readonly LedgerDifference[];
}

export interface LevelCosts {
  /** By the attempts of completions of the span that have ended. */
  readonly attempts: readonly LevelCost[];
  /** What is booked in all. */
  readonly booked: readonly LevelCost[];
  /** What of it was purged since. */
  readonly purged: readonly LevelCost[];
  /** By the attempts of completions that go on. */
  readonly running: readonly LevelCost[];
}

/**
 * Compares the parts of the ledger with each other, a slice at a time. Each answer is read from one snapshot; nothing is
 * written.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface LedgerChecks {
  /** From the first hour with anything to the last; undefined where there is nothing. */
  span(): Promise<LedgerSpan | undefined>;
  /** Checks what was created in whole hours. */
  hours(span: LedgerSpan): Promise<HoursCheck>;
  /** Checks the usage of whole days in UTC. The first 20 differences. */
  days(span: LedgerSpan): Promise<readonly LedgerDifference[]>;
  /** Checks the usage of one calendar month in UTC. The first 20 differences. */
  months(span: LedgerSpan): Promise<readonly LedgerDifference[]>;
  /** Amounts by budget level. @param withTotals Without them all but `attempts` are empty. */
  levels(span: LedgerSpan, withTotals: boolean): Promise<LevelCosts>;
}
