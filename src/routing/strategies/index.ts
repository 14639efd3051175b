import type { RoutingStrategy, StrategyId } from '../strategy.ts';
import { balanced } from './balanced.ts';
import { cost } from './cost.ts';
import { latency } from './latency.ts';
import { throughput } from './throughput.ts';

export const strategies = {
  BALANCED: balanced,
  COST: cost,
  LATENCY: latency,
  THROUGHPUT: throughput,
} as const satisfies Record<StrategyId, RoutingStrategy>;
