import { nanoDollarsFromNumber } from '../../model/money.ts';
import type { RoutingStrategy } from '../strategy.ts';

/** What a second until the first token is worth here: so much that money decides only between milliseconds. */
const dollarsPerSecond = 1_000;

/** The earliest expected first token first; cost decides between equals. */
export const latency: RoutingStrategy = {
  id: 'LATENCY',
  drawsLots: false,
  score: ({ cost = 0n, firstTokenMs }) => [
    { name: 'time', value: nanoDollarsFromNumber((firstTokenMs / 1000) * dollarsPerSecond) },
    { name: 'cost', value: cost },
  ],
  total: ({ cost, firstTokenMs }) => Math.ceil((firstTokenMs / 1000) * dollarsPerSecond * 1e9) + cost,
};
