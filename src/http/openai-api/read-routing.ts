import { badInput } from '../../errors.ts';
import type { MaxPrice, Optimize, RoutingPreferences } from '../../model/completion-request.ts';
import { type NanoDollars, parseDollars } from '../../model/money.ts';
import type { ProviderPreferences } from './chat-request-body.ts';

const optimizeBySort: Readonly<Record<'price' | 'throughput' | 'latency', Optimize>> = {
  price: 'COST',
  throughput: 'THROUGHPUT',
  latency: 'LATENCY',
};

type Percentiles = NonNullable<ProviderPreferences['preferred_max_latency']>;

/**
 * Reads OpenRouter's `provider` object.
 *
 * `data_collection: "deny"` bars endpoints that train on prompts and those that keep them: OpenRouter's "allow" is for
 * providers that store prompts non-transiently or train on them, so denying must deny both.
 *
 * @throws {GatewayError} BAD_USER_INPUT for what cannot be honoured.
 */
export function readRouting(
  provider: ProviderPreferences | null | undefined,
  hasFallbacks: boolean,
): RoutingPreferences {
  const preferences = provider ?? {};
  const deniesCollection = preferences.data_collection === 'deny';
  const maxPrice = readMaxPrice(preferences.max_price);
  const maxLatency = strictest(preferences.preferred_max_latency, Math.min);
  const minThroughput = strictest(preferences.preferred_min_throughput, Math.max);
  return {
    optimize: readSort(preferences.sort, hasFallbacks),
    order: preferences.order ?? [],
    ...(preferences.only == null ? {} : { only: preferences.only }),
    ignore: preferences.ignore ?? [],
    allowFallbacks: preferences.allow_fallbacks ?? true,
    requireParameters: preferences.require_parameters ?? false,
    zeroDataRetention: preferences.zdr === true || deniesCollection,
    denyTraining: deniesCollection,
    ...(preferences.quantizations == null ? {} : { quantizations: preferences.quantizations }),
    ...(maxPrice === undefined ? {} : { maxPrice }),
    ...(maxLatency === undefined ? {} : { preferredMaxLatencyMs: maxLatency * 1_000 }),
    ...(minThroughput === undefined ? {} : { preferredMinThroughput: minThroughput }),
  };
}

function readSort(sort: ProviderPreferences['sort'], hasFallbacks: boolean): Optimize {
  if (sort == null) return 'BALANCED';
  if (typeof sort === 'string') return optimizeBySort[sort];
  if (sort.partition === 'none' && hasFallbacks) {
    throw badInput('provider.sort.partition', 'several models are tried in their order; "none" is not supported');
  }
  return optimizeBySort[sort.by];
}

function readMaxPrice(maxPrice: ProviderPreferences['max_price']): MaxPrice | undefined {
  if (maxPrice == null) return undefined;
  if (maxPrice.image != null) throw badInput('provider.max_price.image', 'a price per image cannot be enforced');
  const input = readPrice('prompt', maxPrice.prompt);
  const output = readPrice('completion', maxPrice.completion);
  const request = readPrice('request', maxPrice.request);
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(request === undefined ? {} : { request }),
  };
}

/** A ceiling is rounded down where it is finer than a nano-dollar: it may only become stricter. */
function readPrice(member: string, value: number | string | null | undefined): NanoDollars | undefined {
  if (value == null) return undefined;
  if (typeof value === 'number' && value > 1e9) throw badInput(`provider.max_price.${member}`, 'at most 1000000000');
  const nanoDollars =
    typeof value === 'string' ? parseDollars(value) : BigInt(Math.floor(Number((value * 1e9).toPrecision(15))));
  if (nanoDollars === undefined)
    throw badInput(`provider.max_price.${member}`, 'must be US dollars, as a number or a decimal');
  return nanoDollars;
}

/** The router compares medians, so p50 counts where it is given, else the strictest of the others. */
function strictest(
  cutoffs: Percentiles | null | undefined,
  pick: (...values: readonly number[]) => number,
): number | undefined {
  if (cutoffs == null || typeof cutoffs === 'number') return cutoffs ?? undefined;
  if (cutoffs.p50 != null) return cutoffs.p50;
  const given = [cutoffs.p75, cutoffs.p90, cutoffs.p99].filter(value => value != null);
  return given.length === 0 ? undefined : pick(...given);
}
