import { maxNanoDollars, nanoDollarsFromNumber } from '../../model/money.ts';
import type { RoutingStrategy } from '../strategy.ts';

/**
 * Spreads calls over the endpoints by 1/price², as OpenRouter's default does ("Provider selection", August 2026):
 * at a third of the price, nine times as likely.
 *
 * Of independent exponential variables the one with rate w is the least with probability w / Σw. With w = 1/price² and
 * a draw u, that variable is -ln(u) · price², and its square root keeps the order and is in dollars.
 */
export const balanced: RoutingStrategy = {
  id: 'BALANCED',
  drawsLots: true,
  score({ cost = 0n }, draw) {
    const price = maxNanoDollars(cost, 1n);
    const drawn = nanoDollarsFromNumber(drawnDollars(Number(price), draw));
    return [
      { name: 'cost', value: price },
      { name: 'balance', value: drawn - price },
    ];
  },
  total: ({ cost }, draw) => Math.ceil(drawnDollars(Math.max(cost, 1), draw) * 1e9),
};

function drawnDollars(nanoDollars: number, draw: number): number {
  return (nanoDollars / 1e9) * Math.sqrt(-Math.log(draw));
}
