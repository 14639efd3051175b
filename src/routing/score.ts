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
const weights = {
  fallbackModel: 1_000_000_000_000n * dollar,
  order: 10_000_000_000n * dollar,
  coldSession: 3_000_000_000n * dollar,
  lacksFeature: 1_300_000_000n * dollar,
  recentOutage: 600_000_000n * dollar,
  missesPreference: 250_000_000n * dollar,
  unknownPrice: 100_000_000n * dollar,
} as const;

/** Without traffic: what endpoints usually do. Medians that OpenRouter's model pages showed in August 2026, rounded. */
const usual = { firstTokenMs: 1000, tokensPerSecond: 50 } as const;

/** How long an answer is expected to be where nothing is known of the workload. */
const usualOutputTokens = 512;

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
  const { needs, preferences, strategy, warmEndpointId } = context;
  const { endpoint, health } = candidate;
  const parts: ScorePart[] = [...strategy.score(estimate, draw)];
  function add(name: string, value: NanoDollars, isDue: boolean): void {
    if (isDue) parts.push({ name, value });
  }

  const place = preferences.order.findIndex(entry => namesProvider(entry, candidate));
  const steps = place === -1 ? preferences.order.length : place;
  const isCold = warmEndpointId !== undefined && preferences.order.length === 0 && warmEndpointId !== endpoint.id;
  const lacks = needs.wishes.some(capability => !endpoint.capabilities.includes(capability));
  const untaken = needs.parameters.some(
    name => endpoint.unsupportedParameters.includes(name) || candidate.protocolLacks.includes(name),
  );
  const isSlow =
    preferences.preferredMaxLatencyMs !== undefined &&
    health.firstTokenP50Ms !== undefined &&
    health.firstTokenP50Ms > preferences.preferredMaxLatencyMs;
  const isSluggish =
    preferences.preferredMinThroughput !== undefined &&
    health.throughput !== undefined &&
    health.throughput < preferences.preferredMinThroughput;

  add('fallback model', weights.fallbackModel * BigInt(candidate.modelRank), candidate.modelRank > 0);
  add('order', weights.order * BigInt(steps), steps > 0);
  add('cold session', weights.coldSession, isCold);
  add('lacks a feature', weights.lacksFeature, lacks || untaken || dropsOptions(candidate, needs));
  add('recent outage', weights.recentOutage, health.hadRecentOutage);
  add('misses a preference', weights.missesPreference, isSlow || isSluggish);
  add('unknown price', weights.unknownPrice, estimate.cost === undefined);
  return parts;
}

/** The sum of a score: the lowest wins. */
export function totalOf(parts: readonly ScorePart[]): NanoDollars {
  return parts.reduce((total, part) => total + part.value, 0n);
}
