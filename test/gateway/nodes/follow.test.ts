import { describe, expect, test } from 'vitest';
import { joinNodes } from '../../../src/gateway/join-nodes.ts';
import type { Followed } from '../../../src/gateway/nodes.ts';
import { repeat } from '../../../src/gateway/repeat.ts';
import { openSqliteStores } from '../../../src/stores/sqlite/open-sqlite-stores.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { closeAfterTest } from '../../support/open-gate.ts';
import { until } from '../../support/until.ts';

/** A node over a database of its own, on a clock that stands still, following what the test plays. */
async function openFollower() {
  const stores = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(stores.close);
  const clock = manualClock();
  const listeners: ((text: string) => void)[] = [];
  const faults: unknown[] = [];
  const played = { version: 1, looks: 0, isAway: false };
  const policies: Followed = {
    get version() {
      return played.version;
    },
    get confirmedMs() {
      return clock.monotonicMs();
    },
    async refresh() {
      played.looks += 1;
      if (played.isAway) throw new Error('away');
    },
  };
  const nodes = await joinNodes({
    store: stores.nodes,
    policies,
    access: { version: 0, confirmedMs: 0, refresh: () => Promise.resolve() },
    hints: {
      tell: () => Promise.reject(new Error('no Redis')),
      listen: listener => Promise.resolve(listeners.push(listener)),
    },
    clock,
    id: 'a',
    bootId: '1',
    onFault: fault => faults.push(fault),
  });
  closeAfterTest(nodes.close);
  const hint = (text: string) => {
    for (const listen of listeners) listen(text);
  };
  return { nodes, clock, played, faults, hint };
}

describe('hints', () => {
  test('make one look, however many come in one moment', async () => {
    const { clock, played, hint } = await openFollower();
    const before = played.looks;
    for (let version = 2; version < 10_000; version++) hint(`policies ${version}`);
    clock.advance(20);
    await until('it has looked', () => played.looks > before);
    expect(played.looks).toBe(before + 1);
  });

  test.each(['policies 1', 'policies 0', 'access 0', 'policies 1e9', 'policies', 'anything 7', '', '\0'])(
    'of what is in force already, or that say nothing, make none: %j',
    async text => {
      const { clock, played, hint } = await openFollower();
      const before = played.looks;
      hint(text);
      clock.advance(100);
      await new Promise(resolve => setImmediate(resolve));
      expect(played.looks).toBe(before);
    },
  );
});

describe('looks', () => {
  test('go on each second, a fifth more or less, though some fail, and that is told once', async () => {
    const { clock, played, faults } = await openFollower();
    played.isAway = true;
    for (let second = 1; second <= 5; second++) {
      const before = played.looks;
      clock.advance(799);
      expect(played.looks).toBe(before);
      clock.advance(401);
      await until('it has looked', () => played.looks === before + 1);
      // The next wait begins when this one has ended.
      await new Promise(resolve => setTimeout(resolve));
    }
    expect(faults).toHaveLength(1);
    played.isAway = false;
  });

  test('asked for while one runs are made once more afterwards, and none after the end', async () => {
    const clock = manualClock();
    const waiting: (() => void)[] = [];
    const action = () => new Promise<void>(resolve => void waiting.push(resolve));
    const repetition = repeat({ action, everyMs: 1000, clock, random: () => 0.5 });
    const asked = [repetition.now(), repetition.now(), repetition.now()];
    waiting[0]?.();
    await asked[0];
    await until('the second has begun', () => waiting.length === 2);
    waiting[1]?.();
    await Promise.all(asked);
    clock.advance(999);
    expect(waiting).toHaveLength(2);
    clock.advance(1);
    expect(waiting).toHaveLength(3);
    const closing = repetition.close();
    waiting[2]?.();
    await closing;
    await repetition.now();
    clock.advance(10_000);
    expect(waiting).toHaveLength(3);
  });
});

test('a policy that was written, but cannot be read any more, is in force nowhere that is known of', async () => {
  const { nodes, played } = await openFollower();
  played.isAway = true;
  expect(await nodes.rollOut()).toEqual({ appliedNodes: [], pendingNodes: ['a'] });
  played.isAway = false;
  expect(await nodes.rollOut()).toEqual({ appliedNodes: ['a'], pendingNodes: [] });
});
