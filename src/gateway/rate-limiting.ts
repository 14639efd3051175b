import type { Clock } from '../model/clock.ts';
import type { CompletionError } from '../model/completion.ts';
import type { LimitedBy } from '../model/limited-by.ts';
import type { RateLimitResult, RateLimitState, RateLimitStore, RateLimitTake } from '../stores/rate-limit-store.ts';
import type { CountedRate } from './budget-levels.ts';
import { completionError } from './failure.ts';

export interface RateLimitingOptions {
  readonly store: RateLimitStore;
  /** Counts on this node alone while the store is away. */
  readonly fallback: RateLimitStore;
  /** How many nodes there are, as far as this one knows: it then grants its share. */
  readonly nodes: () => number;
  readonly clock: Clock;
}

/** What is left of the limit that has the least left, of each kind: for headers. */
export interface RateLimitLeft {
  readonly unit: 'requests' | 'tokens';
  readonly limit: number;
  readonly remaining: number;
  readonly resetAfterMs: number;
}

/** What a request has taken of its limits. */
export interface TakenRates {
  readonly left: readonly RateLimitLeft[];
  /** A limit under MONITOR that would have refused it. */
  readonly wouldRefuse?: LimitedBy;
  /** Books the tokens that it really used. */
  correct(tokens: number): void;
}

export interface RateLimiting {
  /** Takes one request and so many tokens; from all limits, or from none. */
  take(
    rates: readonly CountedRate[],
    tokens: number,
  ): Promise<TakenRates | { readonly error: CompletionError; readonly left: readonly RateLimitLeft[] }>;
}

interface Taken extends RateLimitResult {
  readonly from: RateLimitStore;
  readonly taken: readonly RateLimitTake[];
}

/** What nobody limits. */
export const unlimited: TakenRates = { left: [], correct() {} };

/** Makes what takes requests and tokens from limits. Under MONITOR they are taken too, and refuse nothing. */
export function createRateLimiting({ store, fallback, nodes, clock }: RateLimitingOptions): RateLimiting {
  async function takeAll(rates: readonly CountedRate[], tokens: number) {
    const takes = rates.map(({ level }): RateLimitTake => ({ level, amount: level.unit === 'requests' ? 1 : tokens }));
    const result = takes.length === 0 ? nothingTaken : await takeFrom(takes);
    const { from, taken } = result;
    return {
      ...result,
      correct(differenceOf: (take: RateLimitTake) => number): void {
        const differences = taken.map(take => ({ level: take.level, amount: differenceOf(take) }));
        void from.correct(differences.filter(({ amount }) => amount !== 0)).catch(() => {});
      },
    };
  }

  async function takeFrom(takes: readonly RateLimitTake[]): Promise<Taken> {
    try {
      return { ...(await store.take(takes)), from: store, taken: takes };
    } catch {
      const shared = takes.map(share);
      return { ...(await fallback.take(shared)), from: fallback, taken: shared };
    }
  }

  const nothingTaken: Taken = { states: [], taken: [], from: fallback };

  function share({ level, amount }: RateLimitTake): RateLimitTake {
    return { amount, level: { ...level, limit: Math.max(1, amount, Math.floor(level.limit / Math.max(1, nodes()))) } };
  }

  return {
    async take(rates, tokens) {
      if (rates.length === 0) return unlimited;
      const enforced = rates.filter(rate => rate.enforced);
      const { states, refusedBy, taken, correct } = await takeAll(enforced, tokens);
      const left = tightest(taken, states);
      if (refusedBy !== undefined) {
        const { retryAfterMs } = refusedBy;
        return { error: rateLimited(limitedByOf(enforced, states, refusedBy.key, clock.now()), retryAfterMs), left };
      }
      const monitored = rates.filter(rate => !rate.enforced);
      const watched = monitored.length === 0 ? undefined : await takeAll(monitored, tokens);
      const wouldRefuse =
        watched?.refusedBy === undefined
          ? undefined
          : limitedByOf(monitored, watched.states, watched.refusedBy.key, clock.now());
      const correctAll = (differenceOf: (take: RateLimitTake) => number) => {
        correct(differenceOf);
        if (watched?.refusedBy === undefined) watched?.correct(differenceOf);
      };
      return {
        left,
        ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
        correct: used => correctAll(({ level, amount }) => (level.unit === 'tokens' ? used - amount : 0)),
      };
    },
  };
}

function tightest(
  takes: readonly RateLimitTake[],
  states: readonly { readonly remaining: number; readonly resetAfterMs: number }[],
): readonly RateLimitLeft[] {
  const all = takes.flatMap(({ level: { unit, limit } }, index): RateLimitLeft[] => {
    const state = states[index];
    return state === undefined ? [] : [{ unit, limit, remaining: state.remaining, resetAfterMs: state.resetAfterMs }];
  });
  return (['requests', 'tokens'] as const).flatMap(unit => {
    const [least] = all
      .filter(one => one.unit === unit)
      .sort((one, other) => one.remaining / one.limit - other.remaining / other.limit);
    return least ?? [];
  });
}

/** The rule with this key, and what is left of it. */
function limitedByOf(
  rates: readonly CountedRate[],
  states: readonly RateLimitState[],
  key: string,
  now: number,
): LimitedBy | undefined {
  const rate = rates.find(({ level }) => level.key === key);
  const state = states.find(one => one.key === key);
  if (rate === undefined || state === undefined) return undefined;
  const { level, per, policy } = rate;
  return {
    rule: 'RATE_LIMITS',
    per,
    unit: level.unit === 'requests' ? 'REQUESTS' : 'TOKENS',
    limit: String(level.limit),
    remaining: String(state.remaining),
    resetsAt: now + state.resetAfterMs,
    ...(policy === undefined ? {} : { policy }),
  };
}

function rateLimited(limited: LimitedBy | undefined, retryAfterMs: number | undefined): CompletionError {
  const { remaining = '0', limit = '?', unit = 'REQUESTS' } = limited ?? {};
  const why =
    retryAfterMs === undefined
      ? 'it needs more than the limit ever grants: lower maxOutputTokens, or shorten the prompt'
      : `${remaining} of ${limit} ${unit.toLowerCase()} are left`;
  return {
    ...completionError('RATE_LIMITED', `A rate limit refuses the request: ${why}.`, retryAfterMs),
    retryable: retryAfterMs !== undefined,
    ...(limited === undefined ? {} : { limitedBy: limited }),
  };
}
