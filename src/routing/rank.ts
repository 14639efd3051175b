import type { EndpointHealth } from '../model/health.ts';
import { costOf, noTokens } from '../model/usage.ts';
import { drawsFor } from './draw.ts';
import { handicapsOf, type ScoreContext, type StandingFacts, usual, usualOutputTokens, weights } from './score.ts';

/** The candidates of one request in the order of their ranks. */
export interface Ranking<Known extends StandingFacts> {
  add(
    endpoints: readonly Known[],
    modelRankOf: (known: Known) => number,
    healthOf: (known: Known) => EndpointHealth,
  ): void;
  /** From the best on, each found when it is asked for, since few of many are looked at. */
  rising(): Generator<{ readonly known: Known; readonly modelRank: number }>;
}

/**
 * Ranks as the sums of `scoreOf` do, in numbers: hundreds of candidates are ranked for each request, and only those
 * that somebody looks at are explained. The lowest handicap goes first, then the lowest cost; ties break on the
 * endpoint's id, so that two nodes agree.
 */
export function createRanking<Known extends StandingFacts>(context: ScoreContext, seed: string): Ranking<Known> {
  const { needs, preferences, strategy } = context;
  const drawOf = drawsFor(seed);
  const outputTokens = Math.min(needs.maxOutputTokens, usualOutputTokens);
  const isPlain =
    needs.wishes.length + needs.parameters.length + needs.optionProtocols.length + preferences.order.length === 0 &&
    context.warmEndpointId === undefined &&
    preferences.preferredMaxLatencyMs === undefined &&
    preferences.preferredMinThroughput === undefined;
  const known: Known[] = [];
  const modelRanks: number[] = [];
  /** Dollars: the sum of what comes before price. */
  const handicaps: number[] = [];
  /** Nano-dollars: the strategy's own sum. */
  const values: number[] = [];
  const estimate = { cost: 0, firstTokenMs: 0, tokensPerSecond: 0, outputTokens };

  function handicapOf(facts: Known, modelRank: number, health: EndpointHealth, hasPrice: boolean): number {
    if (isPlain && modelRank === 0 && !health.hadRecentOutage) return hasPrice ? 0 : weights.unknownPrice;
    const { endpoint, provider, protocolLacks } = facts;
    const ranked = { endpoint, provider, protocolLacks, modelRank, health };
    return handicapsOf(ranked, hasPrice, context).reduce((sum, { weight }) => sum + weight, 0);
  }

  function isBefore(left: number, right: number): boolean {
    const byHandicap = (handicaps[left] ?? 0) - (handicaps[right] ?? 0);
    if (byHandicap !== 0) return byHandicap < 0;
    const byValue = (values[left] ?? 0) - (values[right] ?? 0);
    if (byValue !== 0) return byValue < 0;
    return (known[left]?.endpoint.id ?? '') < (known[right]?.endpoint.id ?? '');
  }

  return {
    add(endpoints, modelRankOf, healthOf) {
      const costs = numericCosts(endpoints, needs.inputTokens, outputTokens);
      for (const [index, facts] of endpoints.entries()) {
        const cost = costs[index] ?? Number.NaN;
        const hasPrice = !Number.isNaN(cost);
        const health = healthOf(facts);
        const modelRank = modelRankOf(facts);
        estimate.cost = hasPrice ? cost : 0;
        estimate.firstTokenMs = health.firstTokenP50Ms ?? usual.firstTokenMs;
        estimate.tokensPerSecond = health.throughput ?? usual.tokensPerSecond;
        known.push(facts);
        modelRanks.push(modelRank);
        handicaps.push(handicapOf(facts, modelRank, health, hasPrice));
        values.push(strategy.total(estimate, strategy.drawsLots ? drawOf(facts.endpoint.id) : 1));
      }
    },
    *rising() {
      for (const index of risingIndexes(known.length, isBefore)) {
        const facts = known[index];
        if (facts !== undefined) yield { known: facts, modelRank: modelRanks[index] ?? 0 };
      }
    },
  };
}

/** So many are looked for one by one; whoever wants more gets all of them sorted. */
const mostScans = 16;

/** The numbers below `count` in the order of `isBefore`. */
function* risingIndexes(count: number, isBefore: (left: number, right: number) => boolean): Generator<number> {
  const isTaken = new Uint8Array(count);
  for (let scan = 0; scan < Math.min(mostScans, count); scan += 1) {
    let best = -1;
    for (let index = 0; index < count; index += 1) {
      if (isTaken[index] === 0 && (best === -1 || isBefore(index, best))) best = index;
    }
    isTaken[best] = 1;
    yield best;
  }
  const rest = Array.from({ length: count }, (_, index) => index).filter(index => isTaken[index] === 0);
  yield* rest.sort((left, right) => (isBefore(left, right) ? -1 : 1));
}

/** Prices of a list of endpoints as numbers; NaN where they have tiers or are not known. */
interface NumericPrices {
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
  readonly requests: Float64Array;
}

/** Read once for each list, since lists stay the same from request to request. */
const pricesOfLists = new WeakMap<readonly StandingFacts[], NumericPrices>();

/** As `costOf` for each of the endpoints, in nano-dollars; NaN where a price that is needed is unknown. */
function numericCosts(endpoints: readonly StandingFacts[], inputTokens: number, outputTokens: number): Float64Array {
  let prices = pricesOfLists.get(endpoints);
  if (prices === undefined) {
    prices = numericPrices(endpoints);
    pricesOfLists.set(endpoints, prices);
  }
  const { inputs, outputs, requests } = prices;
  const costs = new Float64Array(endpoints.length);
  for (let index = 0; index < costs.length; index += 1) {
    const perMillion = inputTokens * (inputs[index] ?? 0) + outputTokens * (outputs[index] ?? 0);
    if (perMillion < Number.MAX_SAFE_INTEGER) {
      costs[index] = Math.ceil(perMillion / 1_000_000) + (requests[index] ?? 0);
    } else {
      const exact = costOf({ ...noTokens, inputTokens, outputTokens }, endpoints[index]?.endpoint.price);
      costs[index] = exact === undefined ? Number.NaN : Number(exact);
    }
  }
  return costs;
}

function numericPrices(endpoints: readonly StandingFacts[]): NumericPrices {
  const prices = endpoints.map(({ endpoint: { price } }) => (price?.tiers.length === 0 ? price : undefined));
  const numbers = (unit: 'input' | 'output') => Float64Array.from(prices, price => Number(price?.[unit] ?? Number.NaN));
  return {
    inputs: numbers('input'),
    outputs: numbers('output'),
    requests: Float64Array.from(prices, price => Number(price?.request ?? 0n)),
  };
}
