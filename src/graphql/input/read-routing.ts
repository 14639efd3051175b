import { badInput } from '../../errors.ts';
import type { MaxPrice, RoutingPreferences } from '../../model/completion-request.ts';
import type { MaxPriceInput, RoutingInput } from '../resolvers.generated.ts';
import { checkNames, checkRange, given } from './check-input.ts';

const mostNames = 100;
const longestLatencyMs = 3_600_000;

/**
 * What the caller asks of the router, with defaults filled in.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the path of what is wrong.
 */
export function readRouting(path: string, routing: RoutingInput): RoutingPreferences {
  const { order = [], ignore = [], only, regions, quantizations, maxPrice } = routing;
  const lists = { order, ignore, only, regions, quantizations };
  for (const [name, list] of Object.entries(lists)) checkNames(`${path}.${name}`, list, mostNames);
  if (routing.optimize === 'QUALITY') throw badInput(`${path}.optimize`, 'QUALITY is not available yet');
  checkRange(`${path}.preferredMaxLatency`, routing.preferredMaxLatency, 1, longestLatencyMs);
  checkRange(`${path}.preferredMinThroughput`, routing.preferredMinThroughput, 0, 1_000_000);
  return {
    optimize: routing.optimize ?? 'BALANCED',
    order,
    ...given('only', only),
    ignore,
    allowFallbacks: routing.allowFallbacks ?? true,
    requireParameters: routing.requireParameters ?? false,
    ...given('regions', regions),
    zeroDataRetention: routing.zeroDataRetention ?? false,
    denyTraining: routing.denyTraining ?? false,
    ...given('quantizations', quantizations),
    ...(maxPrice == null ? {} : { maxPrice: readMaxPrice(`${path}.maxPrice`, maxPrice) }),
    ...given('preferredMaxLatencyMs', routing.preferredMaxLatency),
    ...given('preferredMinThroughput', routing.preferredMinThroughput),
    ...given('handoff', routing.handoff),
  };
}

function readMaxPrice(path: string, { input, output, request }: MaxPriceInput): MaxPrice {
  for (const [name, price] of Object.entries({ input, output, request })) {
    if (price != null && price < 0n) throw badInput(`${path}.${name}`, 'is negative');
  }
  return { ...given('input', input), ...given('output', output), ...given('request', request) };
}
