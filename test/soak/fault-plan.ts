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
  readonly lastLossAt: number;
  readonly lastWipeAt: number;
}

/**
 * A lost disk and lost counters together lose what nothing else knows: so far are they kept apart, a lease and the time that it
 * takes to book what is found then amid other faults.
 */
const apartMs = 120_000;

const weights: readonly (readonly [FaultKind, number])[] = [
  ['node-kill', 20],
  ['node-wipe', 12],
  ['node-stop', 16],
  ['node-restart', 8],
  ['redis-kill', 12],
  ['redis-empty', 12],
  ['redis-stop', 12],
  ['postgres-kill', 12],
  ['postgres-stop', 12],
];

/** Draws the next fault among those that are possible and sensible now; undefined where none is. */
export function planFault(random: SeededRandom, choice: FaultChoice): PlannedFault | undefined {
  const possible = weights.filter(([kind]) => isPossible(kind, choice));
  if (possible.length === 0) return undefined;
  const kind = random.weighted(possible);
  const target = kind.startsWith('node') ? random.pick(choice.nodes) : (kind.split('-')[0] ?? '');
  return { kind, target, awayMs: kind.endsWith('stop') ? random.whole(500, 5_000) : random.whole(0, 2_000) };
}

function isPossible(kind: FaultKind, choice: FaultChoice): boolean {
  const { now, nodes, nodesNeeded, isRedisFree, isPostgresFree, lastLossAt, lastWipeAt } = choice;
  if (kind === 'node-stop') return nodes.length > 0;
  if (kind === 'node-wipe') {
    return nodes.length > nodesNeeded && now - lastLossAt > 70_000 && now - lastWipeAt > apartMs;
  }
  if (kind.startsWith('node')) return nodes.length > nodesNeeded;
  if (kind === 'redis-empty') return isRedisFree && now - lastWipeAt > apartMs && now - lastLossAt > 30_000;
  return kind.startsWith('redis') ? isRedisFree : isPostgresFree;
}
