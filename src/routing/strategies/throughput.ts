import { nanoDollarsFromNumber } from '../../model/money.ts';
import type { RoutingStrategy } from '../strategy.ts';

/** What a second of generating is worth here: so much that money only decides between equals. */
const dollarsPerSecond = 1;

/** The fastest expected generation first; cost decides between equals. */
export const throughput: RoutingStrategy = {
  id: 'THROUGHPUT',
  score: ({ cost = 0n, outputTokens, tokensPerSecond }) => [
    { name: 'time', value: nanoDollarsFromNumber((outputTokens / tokensPerSecond) * dollarsPerSecond) },
    { name: 'cost', value: cost },
  ],
};
