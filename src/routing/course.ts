import type { CandidateFacts } from './candidate.ts';

/** What a failed attempt means for those that may follow it. */
export type Setback =
  /** The same endpoint once more, then others. */
  | 'retry'
  /** The same endpoint at once, by another credential: it has not taken the request. */
  | 'other-credential'
  /** Others; the same endpoint once more only where no other is left. */
  | 'fail-over'
  /** Others of the same model; the same endpoint as soon as its provider lets it be used again. */
  | 'cool-down'
  /** Others; never the same endpoint again for this request. */
  | 'give-up'
  /** Others of a model that the caller named as a fallback and that reads more. */
  | 'too-long'
  /** Nobody: the request itself is at fault, or over. */
  | 'final';

/** What to do next. */
export type CourseStep =
  | {
      readonly type: 'call';
      readonly candidate: CandidateFacts;
      /** All that may still be called, this one first, but for the last resorts. */
      readonly rest: readonly CandidateFacts[];
      /** Whether one is left that has not failed yet. */
      readonly hasNext: boolean;
      /** Whether nobody else is left who would be better: it is to be called even where its circuit breaker is open. */
      readonly isLastResort: boolean;
      /** Whether this endpoint was called before for this request. */
      readonly isRepeat: boolean;
      /** Whether any endpoint was. */
      readonly isFollowing: boolean;
    }
  | { readonly type: 'wait'; readonly until: number }
  | { readonly type: 'over' };

/** One request's way through its candidates. */
export interface Course {
  /** @param now Milliseconds since the epoch. */
  next(now: number): CourseStep;
  /** The candidate was called, and failed. */
  failed(candidate: CandidateFacts, setback: Setback, now: number, retryAfterMs?: number): void;
  /** The candidate may not be called after all. */
  skip(candidate: CandidateFacts): void;
  /** The candidate was not called, since its circuit breaker is open: it comes again once no other is left. */
  postpone(candidate: CandidateFacts): void;
}

export interface CourseOptions {
  /** In the order in which to try them. */
  readonly attempts: readonly CandidateFacts[];
  /** Those that a rate limit of their provider holds back now. Default: none. */
  readonly waiting?: readonly CandidateFacts[];
  /** Those that are known to fail, or to reject the gateway's credentials: called only where nobody else is left. Default: none. */
  readonly lastResorts?: readonly CandidateFacts[];
  /** Until when a rate limit holds a candidate back; undefined: it may be called. */
  readonly coolingUntil: (candidate: CandidateFacts, now: number) => number | undefined;
  /** When the request must be over, in milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** So many calls in all, and so many of one endpoint that limits its rate, or fails. */
const mostCalls = 6;
const mostCallsWhenLimited = 3;
const mostCallsWhenFailing = 2;
/** A wait up to here, in milliseconds, is better than another model. */
const waitBeforeOtherModelMs = 3_000;
/** The most that is waited before the same endpoint is called again, with equal jitter: half of it at least. */
const backoffMs = 200;

/** A failing endpoint that asks for a longer wait, in milliseconds, is not called again for this request. */
const longestRetryAfterMs = 3_000;

interface Place {
  readonly candidate: CandidateFacts;
  calls: number;
  notBefore: number;
  /** Failed, or was postponed: others go first. */
  isDeferred: boolean;
  isPostponed: boolean;
  isSpent: boolean;
}

function placeFor(candidate: CandidateFacts, isLast: boolean): Place {
  return { candidate, calls: 0, notBefore: 0, isDeferred: isLast, isPostponed: isLast, isSpent: false };
}

function isCallable({ isPostponed }: Place): boolean {
  return !isPostponed;
}

/**
 * Decides whom one request calls next, or how long it waits, from how its attempts have ended so far.
 *
 * Pure but for the figures that it keeps: time, chance and what others know of rate limits are passed in.
 */
export function createCourse(options: CourseOptions): Course {
  const { attempts, waiting = [], lastResorts = [], coolingUntil, deadlineAt, random } = options;
  const places: Place[] = [
    ...[...attempts, ...waiting].map(candidate => placeFor(candidate, false)),
    ...lastResorts.map(candidate => placeFor(candidate, true)),
  ].sort((left, right) => left.candidate.modelRank - right.candidate.modelRank);
  let calls = 0;
  let retrying: Place | undefined;

  function readyAt(place: Place, now: number): number {
    return Math.max(place.notBefore, coolingUntil(place.candidate, now) ?? 0);
  }

  function earliest(among: readonly Place[], now: number): Place | undefined {
    return among.reduce<Place | undefined>((best, place) => {
      return best === undefined || readyAt(place, now) < readyAt(best, now) ? place : best;
    }, undefined);
  }

  /** The place that comes next, ready or not. */
  function choose(open: readonly Place[], now: number): Place | undefined {
    if (retrying !== undefined) return retrying;
    const fresh = open.filter(({ isDeferred }) => !isDeferred);
    const ready = fresh.find(place => readyAt(place, now) <= now);
    if (ready === undefined) return earliest(fresh.length === 0 ? open : open.filter(isCallable), now);
    const sooner = fresh.filter(place => place.candidate.modelRank < ready.candidate.modelRank);
    const first = earliest(sooner, now);
    return first !== undefined && readyAt(first, now) <= now + waitBeforeOtherModelMs ? first : ready;
  }

  function uncount(place: Place): void {
    place.calls -= 1;
    calls -= 1;
  }

  function placeOf(candidate: CandidateFacts): Place | undefined {
    return places.find(place => place.candidate === candidate);
  }

  /** Only what the caller has named, and what reads more than the endpoint that could not read it all. */
  function keepLonger({ endpoint }: CandidateFacts): void {
    for (const place of places) {
      const { modelRank, endpoint: other } = place.candidate;
      const isNamed = modelRank > 0 && other.modelId !== endpoint.modelId;
      if (!isNamed || other.contextTokens <= endpoint.contextTokens) place.isSpent = true;
    }
  }

  return {
    next(now) {
      const open = places.filter(({ isSpent }) => !isSpent);
      const place = calls < mostCalls ? choose(open, now) : undefined;
      if (place === undefined) return { type: 'over' };
      const at = readyAt(place, now);
      if (at >= deadlineAt) return { type: 'over' };
      if (at > now) return { type: 'wait', until: at };
      retrying = undefined;
      const others = open.filter(other => other !== place);
      const hasNext = others.some(({ isDeferred }) => !isDeferred);
      const isRepeat = place.calls > 0;
      const isFollowing = calls > 0;
      place.calls += 1;
      calls += 1;
      return {
        type: 'call',
        candidate: place.candidate,
        rest: [place.candidate, ...others.filter(isCallable).map(({ candidate }) => candidate)],
        hasNext,
        isLastResort: !hasNext && (place.isDeferred || others.length === 0),
        isRepeat,
        isFollowing,
      };
    },
    failed(candidate, setback, now, retryAfterMs = 0) {
      const place = placeOf(candidate);
      if (place === undefined) return;
      switch (setback) {
        case 'other-credential':
          uncount(place);
          break;
        case 'retry':
        case 'fail-over': {
          const isFirst = place.calls < mostCallsWhenFailing;
          place.isDeferred = true;
          place.isSpent = !isFirst || retryAfterMs > longestRetryAfterMs;
          place.notBefore = now + Math.max((backoffMs * (1 + random())) / 2, retryAfterMs);
          if (setback === 'retry' && !place.isSpent) retrying = place;
          break;
        }
        case 'cool-down':
          place.isSpent = place.calls >= mostCallsWhenLimited;
          break;
        case 'too-long':
          keepLonger(candidate);
          break;
        case 'give-up':
          place.isSpent = true;
          break;
        case 'final':
          for (const each of places) each.isSpent = true;
      }
    },
    skip(candidate) {
      const place = placeOf(candidate);
      if (place === undefined) return;
      place.isSpent = true;
      if (retrying === place) retrying = undefined;
    },
    postpone(candidate) {
      const place = placeOf(candidate);
      if (place === undefined) return;
      uncount(place);
      place.isDeferred = true;
      place.isPostponed = true;
      if (retrying === place) retrying = undefined;
    },
  };
}
