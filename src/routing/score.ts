import type { RoutingPreferences } from '../model/completion-request.ts';
import type { NanoDollars } from '../model/money.ts';
import type { ScorePart } from '../model/route.ts';
import { costOf, noTokens } from '../model/usage.ts';
import type { CandidateFacts, Estimate, RequestNeeds } from './candidate.ts';
import { dropsOptions, namesProvider } from './requirements.ts';
import type { RoutingStrategy } from './strategy.ts';

const dollar = 1_000_000_000n;

/**
 * What it counts, in dollars, to be behind in a respect that comes before price. Each outweighs all that follow it, so
 * that the sum alone gives the order: model, caller's order, session, wishes, outage, soft limits, unknown price.
 */
export const weights = {
  fallbackModel: 1_000_000_000_000,
  order: 10_000_000_000,
  coldSession: 3_000_000_000,
  lacksFeature: 1_300_000_000,
  recentOutage: 600_000_000,
  missesPreference: 250_000_000,
  unknownPrice: 100_000_000,
} as const;

/** Without traffic: what endpoints usually do. Medians that OpenRouter's model pages showed in August 2026, rounded. */
export const usual = { firstTokenMs: 1000, tokensPerSecond: 50 } as const;

/** How long an answer is expected to be where nothing is known of the workload. */
export const usualOutputTokens = 512;

export function estimateFor(candidate: CandidateFacts, needs: RequestNeeds): Estimate {
  const outputTokens = Math.min(needs.maxOutputTokens, usualOutputTokens);
  const cost = costOf({ ...noTokens, inputTokens: needs.inputTokens, outputTokens }, candidate.endpoint.price);
  return {
    ...(cost === undefined ? {} : { cost }),
    firstTokenMs: candidate.health.firstTokenP50Ms ?? usual.firstTokenMs,
    tokensPerSecond: candidate.health.throughput ?? usual.tokensPerSecond,
    outputTokens,
  };
}

export interface ScoreContext {
  readonly needs: RequestNeeds;
  readonly preferences: RoutingPreferences;
  readonly strategy: RoutingStrategy;
  /** The endpoint that holds the session's warm prompt cache. */
  readonly warmEndpointId?: string;
}

/** The parts of a candidate's score, in nano-dollars; zero parts are left out, but for the strategy's own. */
export function scoreOf(
  candidate: CandidateFacts,
  estimate: Estimate,
  draw: number,
  context: ScoreContext,
): readonly ScorePart[] {
  const parts: ScorePart[] = [...context.strategy.score(estimate, draw)];
  for (const { name, weight } of handicapsOf(candidate, estimate.cost !== undefined, context)) {
    parts.push({ name, value: BigInt(weight) * dollar });
  }
  return parts;
}

/** Where a candidate stands behind others, whatever it costs. */
interface Handicap {
  readonly name: string;
  /** Dollars. */
  readonly weight: number;
}

/** What is the same of an endpoint for every request. */
export type StandingFacts = Pick<CandidateFacts, 'endpoint' | 'provider' | 'protocolLacks'>;

/** What ranks an endpoint for one request. */
export type RankedFacts = StandingFacts & Pick<CandidateFacts, 'health' | 'modelRank'>;

/** Every respect in which a candidate is behind, without those that do not apply. */
export function handicapsOf(
  candidate: RankedFacts,
  hasPrice: boolean,
  { needs, preferences, warmEndpointId }: ScoreContext,
): readonly Handicap[] {
  const { endpoint, health, modelRank } = candidate;
  const { order, preferredMaxLatencyMs, preferredMinThroughput } = preferences;
  const handicaps: Handicap[] = [];
  if (modelRank > 0) handicaps.push({ name: 'fallback model', weight: weights.fallbackModel * modelRank });
  if (order.length > 0) {
    const place = order.findIndex(entry => namesProvider(entry, candidate));
    const steps = place === -1 ? order.length : place;
    if (steps > 0) handicaps.push({ name: 'order', weight: weights.order * steps });
  } else if (warmEndpointId !== undefined && warmEndpointId !== endpoint.id) {
    handicaps.push({ name: 'cold session', weight: weights.coldSession });
  }
  const lacks = needs.wishes.some(capability => !endpoint.capabilities.includes(capability));
  const untaken = needs.parameters.some(
    name => endpoint.unsupportedParameters.includes(name) || candidate.protocolLacks.includes(name),
  );
  if (lacks || untaken || dropsOptions(candidate, needs)) {
    handicaps.push({ name: 'lacks a feature', weight: weights.lacksFeature });
  }
  if (health.hadRecentOutage) handicaps.push({ name: 'recent outage', weight: weights.recentOutage });
  const isSlow = preferredMaxLatencyMs !== undefined && (health.firstTokenP50Ms ?? 0) > preferredMaxLatencyMs;
  const isSluggish =
    preferredMinThroughput !== undefined && (health.throughput ?? Number.POSITIVE_INFINITY) < preferredMinThroughput;
  if (isSlow || isSluggish) handicaps.push({ name: 'misses a preference', weight: weights.missesPreference });
  if (!hasPrice) handicaps.push({ name: 'unknown price', weight: weights.unknownPrice });
  return handicaps;
}

/** The sum of a score: the lowest wins. */
export function totalOf(parts: readonly ScorePart[]): NanoDollars {
  return parts.reduce((total, part) => total + part.value, 0n);
}
