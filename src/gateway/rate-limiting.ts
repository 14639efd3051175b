import type { Clock } from '../model/clock.ts';
import type { CompletionError } from '../model/completion.ts';
import type { RateLimitStore, RateLimitTake } from '../stores/rate-limit-store.ts';
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
  /** Books the tokens that it really used. */
  correct(tokens: number): void;
  /** It was refused for another reason: as if it had never come. */
  giveBack(): void;
}

export interface RateLimiting {
  /** Takes one request and so many tokens; from all limits, or from none. */
  take(
    rates: readonly CountedRate[],
    tokens: number,
  ): Promise<TakenRates | { readonly error: CompletionError; readonly left: readonly RateLimitLeft[] }>;
}

/** What nobody limits. */
export const unlimited: TakenRates = { left: [], correct() {}, giveBack() {} };

/** Makes what takes requests and tokens from limits. Under MONITOR they are taken too, and refuse nothing. */
export function createRateLimiting({ store, fallback, nodes, clock }: RateLimitingOptions): RateLimiting {
  async function takeFrom(takes: readonly RateLimitTake[]) {
    try {
      return { ...(await store.take(takes)), from: store, taken: takes };
    } catch {
      const shared = takes.map(share);
      return { ...(await fallback.take(shared)), from: fallback, taken: shared };
    }
  }

  function share({ level, amount }: RateLimitTake): RateLimitTake {
    return { amount, level: { ...level, limit: Math.max(1, Math.floor(level.limit / Math.max(1, nodes()))) } };
  }

  return {
    async take(rates, tokens) {
      if (rates.length === 0) return unlimited;
      const takesOf = (counted: readonly CountedRate[]) =>
        counted.map(({ level }): RateLimitTake => ({ level, amount: level.unit === 'requests' ? 1 : tokens }));
      const enforced = rates.filter(rate => rate.enforced);
      const monitored = takesOf(rates.filter(rate => !rate.enforced));
      const { states, refusedBy, from, taken } = await takeFrom(takesOf(enforced));
      const left = tightest(taken, states);
      if (refusedBy !== undefined) {
        const refusing = enforced.find(({ level }) => level.key === refusedBy.key);
        const state = states.find(({ key }) => key === refusedBy.key);
        return {
          error: rateLimited(
            refusing,
            state?.remaining ?? 0,
            refusedBy.retryAfterMs,
            clock.now() + (state?.resetAfterMs ?? 0),
          ),
          left,
        };
      }
      if (monitored.length > 0) await store.take(monitored).catch(() => {});
      const correctBy = (differenceOf: (take: RateLimitTake) => number) => {
        const differences = taken.map(take => ({ level: take.level, amount: differenceOf(take) }));
        void from.correct(differences.filter(({ amount }) => amount !== 0)).catch(() => {});
      };
      return {
        left,
        correct: used => correctBy(({ level, amount }) => (level.unit === 'tokens' ? used - amount : 0)),
        giveBack: () => correctBy(({ amount }) => -amount),
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

function rateLimited(
  rate: CountedRate | undefined,
  remaining: number,
  retryAfterMs: number | undefined,
  resetsAt: number,
): CompletionError {
  if (rate === undefined) return completionError('RATE_LIMITED', 'A rate limit refuses the request.', retryAfterMs);
  const {
    level: { unit, limit, windowMs },
    per,
    policy,
  } = rate;
  const seconds = windowMs / 1000;
  const left = `${remaining} of ${limit} ${unit} in ${seconds} s are left`;
  const never = 'more than the limit ever grants: lower maxOutputTokens, or shorten the prompt';
  const error = completionError(
    'RATE_LIMITED',
    `A rate limit refuses the request: ${retryAfterMs === undefined ? never : left}.`,
    retryAfterMs,
  );
  return {
    ...error,
    retryable: retryAfterMs !== undefined,
    limitedBy: {
      rule: 'RATE_LIMITS',
      per,
      unit: unit === 'requests' ? 'REQUESTS' : 'TOKENS',
      limit: String(limit),
      remaining: String(remaining),
      resetsAt,
      ...(policy === undefined ? {} : { policy }),
    },
  };
}
