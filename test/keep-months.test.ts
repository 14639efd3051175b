import { expect, test } from 'vitest';
import { keepMonths } from '../src/keep-months.ts';
import { openSqliteStores } from '../src/stores/sqlite/open-sqlite-stores.ts';
import { manualClock } from './support/manual-clock.ts';

const dayMs = 86_400_000;

test('has coming months made each day, goes on after a day that failed, and ends when it is closed', async () => {
  const clock = manualClock();
  const start = clock.now();
  const asked: number[] = [];
  const faults: unknown[] = [];
  const stores = await openSqliteStores({ file: ':memory:' });
  const job = keepMonths(
    {
      ...stores,
      async ensurePartitions(now) {
        asked.push(now);
        if (asked.length === 2) throw new Error('away');
      },
    },
    clock,
    fault => faults.push(fault),
  );
  for (const day of [1, 2, 3]) {
    await expect.poll(() => clock.pending()).toBe(1);
    clock.advance(dayMs);
    await expect.poll(() => asked.length).toBe(day);
  }
  expect(asked).toEqual([1, 2, 3].map(day => start + day * dayMs));
  expect(faults).toEqual([new Error('away')]);
  await expect.poll(() => clock.pending()).toBe(1);
  await job.close();
  expect(clock.pending()).toBe(0);
  await stores.close();
});
