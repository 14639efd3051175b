import type { EndpointHealth } from '../model/health.ts';
import type { Candidate, CandidateStatus, Exclusion } from '../model/route.ts';
import type { CandidateFacts } from './candidate.ts';
import { drawsFor } from './draw.ts';
import { createRanking } from './rank.ts';
import { type Requirements, unmetRequirements } from './requirements.ts';
import { estimateFor, type ScoreContext, type StandingFacts, scoreOf } from './score.ts';

export interface PlanContext extends Requirements, ScoreContext {
  /** The completion's id; in `route` a hash of the input. Decides every draw. */
  readonly seed: string;
}

export interface RoutePlan {
  /** All that was considered, best first, excluded ones last. */
  readonly candidates: readonly Candidate[];
  /** Which endpoints to try, in this order. */
  readonly attempts: readonly CandidateFacts[];
}

/** At most so many endpoints of one model, and so many in all, are tried for one request. */
const mostAttemptsPerModel = 3;
const mostAttempts = 6;

/**
 * Decides which endpoints a request may use, and in which order, and explains it for all of them.
 *
 * Hard filters first; then the sum of the score, the lowest first; ties break on the endpoint's id, so that two nodes
 * agree. Endpoints that are excluded for their health alone come back where nothing else is left. Pure: reads no
 * clock, no environment and no store.
 *
 * @param most So many candidates are explained, the best first; absent: all.
 */
export function planRoute(
  considered: readonly CandidateFacts[],
  context: PlanContext,
  most = Number.POSITIVE_INFINITY,
): RoutePlan {
  const ranking = createRanking<CandidateFacts>(context, context.seed);
  ranking.add(
    considered,
    ({ modelRank }) => modelRank,
    ({ health }) => health,
  );
  const ranked = [...ranking.rising()].map(({ known: facts }, index) => ({
    facts,
    exclusions: [...facts.ruled, ...unmetRequirements(facts, context)],
    wouldRank: index + 1,
  }));
  const isAllowed = ranked.some(({ exclusions }) => isClear(exclusions)) ? isClear : isUnhealthyAtMost;
  const allowed = ranked.filter(({ exclusions }) => isAllowed(exclusions));
  const excluded = ranked.filter(({ exclusions }) => !isAllowed(exclusions));

  const attempts: CandidateFacts[] = [];
  const counter = countAttempts(context.preferences.allowFallbacks);
  for (const { facts } of allowed) if (counter.take(facts.model.id)) attempts.push(facts);
  const drawOf = drawsFor(context.seed);
  const candidates = [...allowed, ...excluded].slice(0, most).map(({ facts, exclusions, wouldRank }, index) => {
    const explained = explain(facts, exclusions, drawOf(facts.endpoint.id), context);
    if (index >= allowed.length) return { ...explained, status: 'EXCLUDED' as const, wouldRank };
    const place = attempts.indexOf(facts);
    const status: CandidateStatus = place === 0 ? 'SELECTED' : place > 0 ? 'FALLBACK' : 'OUTRANKED';
    return { ...explained, status };
  });
  return { candidates, attempts };
}

/** Endpoints of one model that was asked for. */
export interface OpenEndpoints<Known extends StandingFacts> {
  readonly modelRank: number;
  readonly endpoints: readonly Known[];
}

export interface ChooseOptions<Known extends StandingFacts> {
  /** All considered, but those that `planRoute` would exclude anyway for what is no matter of health. */
  readonly open: readonly OpenEndpoints<Known>[];
  readonly healthOf: (known: Known) => EndpointHealth;
  /** Adds everything else that is known; called only for those that are looked at. */
  readonly judge: (known: Known, modelRank: number) => CandidateFacts;
}

/** Whom a request may call. */
export interface ChosenAttempts {
  readonly attempts: readonly CandidateFacts[];
  /** Those that only a rate limit of their provider holds back for now; empty where there are no others. */
  readonly waiting: readonly CandidateFacts[];
  /** Those that only their health excludes: for when all others have failed. */
  readonly lastResorts: readonly CandidateFacts[];
}

/** The attempts that `planRoute` would make, without looking further than it takes to find them. */
export function chooseAttempts<Known extends StandingFacts>(
  { open, healthOf, judge }: ChooseOptions<Known>,
  context: PlanContext,
): ChosenAttempts {
  const ranking = createRanking<Known>(context, context.seed);
  for (const { modelRank, endpoints } of open) ranking.add(endpoints, () => modelRank, healthOf);
  const attempts: CandidateFacts[] = [];
  const unhealthy: CandidateFacts[] = [];
  const counter = countAttempts(context.preferences.allowFallbacks);
  for (const { known, modelRank } of ranking.rising()) {
    if (counter.isFull) break;
    if (counter.isFullFor(known.endpoint.modelId)) continue;
    const facts = judge(known, modelRank);
    const exclusions = [...facts.ruled, ...unmetRequirements(facts, context)];
    if (isClear(exclusions)) {
      counter.take(facts.model.id);
      attempts.push(facts);
    } else if (isUnhealthyAtMost(exclusions)) unhealthy.push(facts);
  }
  const rested = (of: readonly CandidateFacts[]) => of.filter(facts => counter.take(facts.model.id));
  if (attempts.length === 0) return { attempts: rested(unhealthy), waiting: [], lastResorts: [] };
  const waiting = rested(unhealthy.filter(onlyWaits));
  return { attempts, waiting, lastResorts: rested(unhealthy.filter(facts => !onlyWaits(facts))) };
}

function onlyWaits({ health, areCredentialsRejected = false }: CandidateFacts): boolean {
  return health.state !== 'OPEN' && !areCredentialsRejected;
}

/** Counts what is tried against the most that may be. */
interface AttemptCounter {
  /** Whether one more endpoint of this model is tried. */
  take(modelId: string): boolean;
  isFullFor(modelId: string): boolean;
  readonly isFull: boolean;
}

function countAttempts(allowFallbacks: boolean): AttemptCounter {
  const perModel = allowFallbacks ? mostAttemptsPerModel : 1;
  const taken = new Map<string, number>();
  let total = 0;
  const counter: AttemptCounter = {
    get isFull() {
      return total === mostAttempts;
    },
    isFullFor: modelId => counter.isFull || (taken.get(modelId) ?? 0) >= perModel,
    take(modelId) {
      if (counter.isFullFor(modelId)) return false;
      taken.set(modelId, (taken.get(modelId) ?? 0) + 1);
      total += 1;
      return true;
    },
  };
  return counter;
}

function isClear(exclusions: readonly Exclusion[]): boolean {
  return exclusions.every(({ enforced }) => !enforced);
}

/** The last endpoints that everything else allows are never ejected for their health. */
function isUnhealthyAtMost(exclusions: readonly Exclusion[]): boolean {
  return exclusions.every(({ enforced, code }) => !enforced || code === 'UNHEALTHY');
}

function explain(facts: CandidateFacts, exclusions: readonly Exclusion[], draw: number, context: PlanContext) {
  const estimate = estimateFor(facts, context.needs);
  return {
    endpoint: facts.endpoint,
    provider: facts.provider,
    exclusions,
    score: scoreOf(facts, estimate, draw, context),
    ...(estimate.cost === undefined ? {} : { expectedCost: estimate.cost }),
  };
}
