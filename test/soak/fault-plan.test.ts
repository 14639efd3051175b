import { expect, test } from 'vitest';
import { drawLoss, type FaultChoice, type LossKind, planFault } from './fault-plan.ts';
import { seededRandom } from './seeded-random.ts';

const leaseMs = 60_000;
const seed = `plan-${Math.floor(Math.random() * 1e6)}`;

/** Draws so many faults, one every three seconds. */
function plan(count: number): readonly { readonly kind: string; readonly at: number }[] {
  const random = seededRandom(seed);
  const drawn: { kind: string; at: number }[] = [];
  let last: Pick<FaultChoice, 'lastLossAt' | 'lastWipeAt'> = {
    lastLossAt: Number.NEGATIVE_INFINITY,
    lastWipeAt: Number.NEGATIVE_INFINITY,
  };
  let nextLoss: LossKind = drawLoss(random);
  for (let now = 0; drawn.length < count; now += 3_000) {
    const fault = planFault(random, {
      now,
      nodes: ['one', 'two', 'three'],
      nodesNeeded: 1,
      isRedisFree: true,
      isPostgresFree: true,
      nextLoss,
      ...last,
    });
    if (fault === undefined) continue;
    drawn.push({ kind: fault.kind, at: now });
    if (fault.kind === 'redis-empty') last = { ...last, lastLossAt: now };
    else if (fault.kind === 'node-wipe') last = { ...last, lastWipeAt: now };
    else continue;
    nextLoss = drawLoss(random);
  }
  return drawn;
}

test(`loses disks and counters both, many times in a thousand faults, and never in one lease period (seed ${seed})`, () => {
  const drawn = plan(1_000);
  const losses = drawn.filter(({ kind }) => kind === 'redis-empty').map(({ at }) => at);
  const wipes = drawn.filter(({ kind }) => kind === 'node-wipe').map(({ at }) => at);
  expect(losses.length).toBeGreaterThanOrEqual(8);
  expect(wipes.length).toBeGreaterThanOrEqual(8);
  const nearest = Math.min(...losses.flatMap(loss => wipes.map(wipe => Math.abs(loss - wipe))));
  expect(nearest).toBeGreaterThan(leaseMs);
  expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(9);
});
