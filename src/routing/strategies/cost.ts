import type { RoutingStrategy } from '../strategy.ts';

/** The cheapest expected call first. */
export const cost: RoutingStrategy = {
  id: 'COST',
  drawsLots: false,
  score: ({ cost: expected = 0n }) => [{ name: 'cost', value: expected }],
  total: ({ cost: expected }) => expected,
};
