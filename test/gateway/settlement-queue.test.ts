import { expect, test } from 'vitest';
import { createSettlementQueue } from '../../src/gateway/settlement-queue.ts';
import { manualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

/** Moves the clock on until this has ended. */
async function within(clock: ReturnType<typeof manualClock>, work: Promise<void>): Promise<number> {
  const from = clock.now();
  let isOver = false;
  void work.then(() => {
    isOver = true;
  });
  await until('it has ended', () => {
    if (!isOver) clock.advance(50);
    return isOver;
  });
  return clock.now() - from;
}

test('tells the counters at the end what they could not be told before, where they come back in time', async () => {
  const clock = manualClock();
  const queue = createSettlementQueue(clock);
  let isAway = true;
  const told: string[] = [];
  const settle = (id: string) => async () => {
    if (isAway) throw new Error('away');
    told.push(id);
  };
  for (const id of ['a', 'b']) await queue.add(id, settle(id));
  queue.close();
  await queue.flush();
  expect(told).toEqual([]);
  const comeBack = clock.after(1_000, () => {
    isAway = false;
  });
  const took = await within(clock, queue.flush(3_000));
  comeBack();
  expect(told).toEqual(['a', 'b']);
  expect(took).toBeLessThan(3_000);
});

test('waits no longer than it may for counters that stay away', async () => {
  const clock = manualClock();
  const queue = createSettlementQueue(clock);
  await queue.add('a', () => Promise.reject(new Error('away')));
  queue.close();
  const took = await within(clock, queue.flush(3_000));
  expect(took).toBeGreaterThanOrEqual(3_000);
  expect(took).toBeLessThan(4_000);
  expect(queue.has('a')).toBe(true);
});
