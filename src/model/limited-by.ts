import type { BudgetScope } from './policy.ts';
import type { PolicyRef } from './route.ts';

/** The rule that refused a request for what was used before, and what is left of it. */
export interface LimitedBy {
  readonly rule: 'BUDGETS' | 'RATE_LIMITS';
  /** Absent where it is set in this server's own code. */
  readonly policy?: PolicyRef;
  /** Of a budget. */
  readonly name?: string;
  readonly per: BudgetScope;
  readonly unit: 'DOLLARS' | 'REQUESTS' | 'TOKENS';
  /** Exact decimal text, as is `remaining`. */
  readonly limit: string;
  readonly remaining: string;
  /** Milliseconds since the epoch, when all of it is there again; absent: never. */
  readonly resetsAt?: number;
}
