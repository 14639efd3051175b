import type { SeededRandom } from './seeded-random.ts';

/** What may be done to a process. */
export type FaultKind =
  | 'node-kill'
  | 'node-wipe'
  | 'node-stop'
  | 'node-restart'
  | 'redis-kill'
  | 'redis-empty'
  | 'redis-stop'
  | 'postgres-kill'
  | 'postgres-stop';

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly target: string;
  /** How long the process is away before it is started or goes on, in milliseconds. */
  readonly awayMs: number;
}

export interface FaultChoice {
  readonly now: number;
  /** Nodes that run and that nothing is done to. */
  readonly nodes: readonly string[];
  /** How many nodes must be left. */
  readonly nodesNeeded: number;
  readonly isRedisFree: boolean;
  readonly isPostgresFree: boolean;
  /** When counters were lost last, and when a disk was. */
  readonly lastLossAt: number;
  readonly lastWipeAt: number;
  /** Drawn after each loss, so that neither kind crowds out the other. */
  readonly nextLoss: LossKind;
}

/** Losses that are kept apart: of a disk, and of all counters. */
export type LossKind = 'node-wipe' | 'redis-empty';

/**
 * A lost disk and lost counters together lose what nothing else knows: so far are they kept apart, a lease and the time that it
 * takes to book what is found then amid other faults.
 */
const emptyAfterWipeMs = 120_000;
const wipeAfterEmptyMs = 70_000;
const emptyAgainMs = 30_000;
const wipeAgainMs = 10_000;

const weights: readonly (readonly [FaultKind, number])[] = [
  ['node-kill', 20],
  ['node-wipe', 24],
  ['node-stop', 16],
  ['node-restart', 8],
  ['redis-kill', 12],
  ['redis-empty', 24],
  ['redis-stop', 12],
  ['postgres-kill', 12],
  ['postgres-stop', 12],
];

/** Draws which loss is to come next. */
export function drawLoss(random: SeededRandom): LossKind {
  return random.pick(['node-wipe', 'redis-empty'] as const);
}

/** Draws the next fault among those that are possible and sensible now; undefined where none is. */
export function planFault(random: SeededRandom, choice: FaultChoice): PlannedFault | undefined {
  const possible = weights.filter(([kind]) => isPossible(kind, choice));
  if (possible.length === 0) return undefined;
  const kind = random.weighted(possible);
  const target = kind.startsWith('node') ? random.pick(choice.nodes) : (kind.split('-')[0] ?? '');
  return { kind, target, awayMs: kind.endsWith('stop') ? random.whole(500, 5_000) : random.whole(0, 2_000) };
}

function isPossible(kind: FaultKind, choice: FaultChoice): boolean {
  const { now, nodes, nodesNeeded, isRedisFree, isPostgresFree, lastLossAt, lastWipeAt, nextLoss } = choice;
  if (kind === 'node-stop') return nodes.length > 0;
  if (kind === 'node-wipe') {
    const isApart = now - lastLossAt > wipeAfterEmptyMs && now - lastWipeAt > wipeAgainMs;
    return nextLoss === kind && nodes.length > nodesNeeded && isApart;
  }
  if (kind.startsWith('node')) return nodes.length > nodesNeeded;
  if (kind === 'redis-empty') {
    const isApart = now - lastWipeAt > emptyAfterWipeMs && now - lastLossAt > emptyAgainMs;
    return nextLoss === kind && isRedisFree && isApart;
  }
  return kind.startsWith('redis') ? isRedisFree : isPostgresFree;
}
