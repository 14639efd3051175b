import type { Optimize } from '../model/completion-request.ts';
import type { ScorePart } from '../model/route.ts';
import type { Estimate } from './candidate.ts';

/** A value of Optimize that has its strategy; QUALITY needs evaluations, which are not there yet. */
export type StrategyId = Exclude<Optimize, 'QUALITY'>;

/** Turns what a call is expected to take into dollars; the lowest sum goes first. */
export interface RoutingStrategy {
  readonly id: StrategyId;
  /** Whether the draw makes a difference. */
  readonly drawsLots: boolean;
  /**
   * Pure and monotone: an estimate that is better in every respect never scores higher.
   *
   * @param draw In (0, 1], evenly spread, the same for the same seed and endpoint.
   */
  score(estimate: Estimate, draw: number): readonly ScorePart[];
  /** The sum of `score` in nano-dollars, without making its parts: a whole number. */
  total(estimate: NumericEstimate, draw: number): number;
}

/** An estimate whose cost is a number of nano-dollars, below 2^53; 0 where it is not known. */
export interface NumericEstimate {
  readonly cost: number;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly outputTokens: number;
}
