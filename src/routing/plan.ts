import type { Candidate, CandidateStatus, Exclusion } from '../model/route.ts';
import type { CandidateFacts } from './candidate.ts';
import { drawFor } from './draw.ts';
import { type Requirements, unmetRequirements } from './requirements.ts';
import { estimateFor, type ScoreContext, scoreOf, totalOf } from './score.ts';

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

interface Judged {
  readonly facts: CandidateFacts;
  readonly exclusions: readonly Exclusion[];
  readonly candidate: Omit<Candidate, 'status' | 'wouldRank'>;
  readonly total: bigint;
}

/**
 * Decides which endpoints a request may use, and in which order.
 *
 * Hard filters first; then the sum of the score, the lowest first; ties break on the endpoint's id, so that two nodes
 * agree. Endpoints that are excluded for their health alone come back where nothing else is left. Pure: reads no
 * clock, no environment and no store.
 */
export function planRoute(considered: readonly CandidateFacts[], context: PlanContext): RoutePlan {
  const ranked = considered.map(facts => judge(facts, context)).sort(byScore);
  const isAllowed = allowedBy(ranked);
  const attempts = attemptsFrom(
    ranked.filter(isAllowed).map(({ facts }) => facts),
    context.preferences.allowFallbacks,
  );
  const eligible: Candidate[] = [];
  const excluded: Candidate[] = [];
  ranked.forEach((judged, index) => {
    if (isAllowed(judged)) {
      const place = attempts.indexOf(judged.facts);
      const status: CandidateStatus = place === 0 ? 'SELECTED' : place > 0 ? 'FALLBACK' : 'OUTRANKED';
      eligible.push({ ...judged.candidate, status });
    } else {
      excluded.push({ ...judged.candidate, status: 'EXCLUDED', wouldRank: index + 1 });
    }
  });
  return { candidates: [...eligible, ...excluded], attempts };
}

function judge(facts: CandidateFacts, context: PlanContext): Judged {
  const exclusions = [...facts.ruled, ...unmetRequirements(facts, context)];
  const estimate = estimateFor(facts, context.needs);
  const score = scoreOf(facts, estimate, drawFor(context.seed, facts.endpoint.id), context);
  return {
    facts,
    exclusions,
    total: totalOf(score),
    candidate: {
      endpoint: facts.endpoint,
      provider: facts.provider,
      exclusions,
      score,
      ...(estimate.cost === undefined ? {} : { expectedCost: estimate.cost }),
    },
  };
}

function byScore(left: Judged, right: Judged): number {
  if (left.total !== right.total) return left.total < right.total ? -1 : 1;
  return left.facts.endpoint.id < right.facts.endpoint.id ? -1 : 1;
}

/** The last endpoints that everything else allows are never ejected for their health. */
function allowedBy(ranked: readonly Judged[]): (judged: Judged) => boolean {
  const isClear = ({ exclusions }: Judged) => exclusions.every(({ enforced }) => !enforced);
  if (ranked.some(isClear)) return isClear;
  return ({ exclusions }) => exclusions.every(({ enforced, code }) => !enforced || code === 'UNHEALTHY');
}

function attemptsFrom(eligible: readonly CandidateFacts[], allowFallbacks: boolean): readonly CandidateFacts[] {
  const perModel = allowFallbacks ? mostAttemptsPerModel : 1;
  const taken = new Map<string, number>();
  const attempts: CandidateFacts[] = [];
  for (const facts of eligible) {
    const count = taken.get(facts.model.id) ?? 0;
    if (count >= perModel) continue;
    taken.set(facts.model.id, count + 1);
    attempts.push(facts);
    if (attempts.length === mostAttempts) break;
  }
  return attempts;
}
