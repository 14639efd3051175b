/** One limit in one scope. */
export interface RateLimitLevel {
  /** Names rule, unit and scope, the same on all nodes and in all revisions: as `BudgetLevel.key`. */
  readonly key: string;
  /** The tenant that counts it; absent: a limit across tenants. */
  readonly tenantId?: string;
  readonly unit: 'requests' | 'tokens';
  /** So many in a window; whole, from 1 to 10^12. */
  readonly limit: number;
  /** From 1 s to 31 days. */
  readonly windowMs: number;
}

export interface RateLimitTake {
  readonly level: RateLimitLevel;
  /** Whole, from 0. */
  readonly amount: number;
}

/** What is left of one level, after the take where it was allowed. */
export interface RateLimitState {
  readonly key: string;
  readonly remaining: number;
  /** Until all of it is there again, in milliseconds. */
  readonly resetAfterMs: number;
}

export interface RateLimitResult {
  /** In the order of the takes. */
  readonly states: readonly RateLimitState[];
  /** Absent where all of it was taken. */
  readonly refusedBy?: {
    readonly key: string;
    /** When the same take would pass, in milliseconds; absent where it is larger than the limit, and never will. */
    readonly retryAfterMs?: number;
  };
}

/**
 * Limits of requests and tokens per window, by the generic cell rate algorithm (ITU-T I.371) on the store's own clock: a full
 * window at once, then evenly. A level that was never used is full.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method, within the store's time limit.
 */
export interface RateLimitStore {
  /** Takes from all levels or from none: those of one tenant in one atomic step, those across tenants before, given back where refused. */
  take(takes: readonly RateLimitTake[]): Promise<RateLimitResult>;
  /** Gives back (negative) or takes more (positive), without a check; never more than full. */
  correct(differences: readonly RateLimitTake[]): Promise<void>;
}
