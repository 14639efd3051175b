import type { NanoDollars } from './money.ts';

/** One pot of one budget in one window: what a reservation is held against. */
export interface BudgetLevel {
  /** Names rule, scope and window, the same on all nodes and in all revisions. Printable ASCII without blanks and braces, at most 400 characters. */
  readonly key: string;
  /** The tenant that counts it; absent: a pot across tenants. */
  readonly tenantId?: string;
  /** From 0 to 10^12 dollars. */
  readonly limit: NanoDollars;
  /** Whole milliseconds since the epoch, when the window ends; absent: never. */
  readonly resetsAt?: number;
  /** Under MONITOR: counted and told, and never refusing. Default false. */
  readonly isMonitored?: boolean;
}

/** Shares of a limit, in per cent, that are told once in each window. */
export const budgetThresholds = [80, 100] as const;
export type BudgetThreshold = (typeof budgetThresholds)[number];

/** What was spent has reached a threshold; at 100 also: a reservation was refused that would fit an unspent budget. */
export interface BudgetCrossing {
  readonly key: string;
  readonly threshold: BudgetThreshold;
}
