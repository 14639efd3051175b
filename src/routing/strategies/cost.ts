import type { RoutingStrategy } from '../strategy.ts';

/** The cheapest expected call first. */
export const cost: RoutingStrategy = {
  id: 'COST',
  score: ({ cost: expected = 0n }) => [{ name: 'cost', value: expected }],
};
