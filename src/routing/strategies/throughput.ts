import { nanoDollarsFromNumber } from '../../model/money.ts';
import type { RoutingStrategy } from '../strategy.ts';

/** What a second of generating is worth here: so much that money decides only between milliseconds. */
const dollarsPerSecond = 1_000;

/** The fastest expected generation first; cost decides between equals. */
export const throughput: RoutingStrategy = {
  id: 'THROUGHPUT',
  drawsLots: false,
  score: ({ cost = 0n, outputTokens, tokensPerSecond }) => [
    { name: 'time', value: nanoDollarsFromNumber((outputTokens / tokensPerSecond) * dollarsPerSecond) },
    { name: 'cost', value: cost },
  ],
  total: ({ cost, outputTokens, tokensPerSecond }) =>
    Math.ceil((outputTokens / tokensPerSecond) * dollarsPerSecond * 1e9) + cost,
};
