import { expect, test } from 'vitest';
import type { Clock } from '../src/model/clock.ts';
import { openCounters } from '../src/open-counters.ts';
import { memoryRateLimitStore } from '../src/stores/memory/rate-limit-store.ts';
import { openSqliteStores } from '../src/stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from '../src/system-clock.ts';

const hourMs = 3_600_000;
const level = { key: 'rate', unit: 'requests', limit: 5, windowMs: 1000 } as const;

test('rates go on by what has passed where the clock of the machine is set back, or ahead', async () => {
  let wallMs = Date.UTC(2026, 10, 22);
  let passedMs = 0;
  const clock: Clock = { ...systemClock, now: () => wallMs, monotonicMs: () => passedMs };
  const sql = await openSqliteStores({ file: ':memory:' });
  const { stores, close } = await openCounters(undefined, clock, sql.idempotency);
  const take = (amount: number) => stores.localRates.take([{ level, amount }]);
  expect((await take(5)).refusedBy).toBeUndefined();
  wallMs -= hourMs;
  passedMs += 1000;
  expect((await take(5)).refusedBy).toBeUndefined();
  wallMs += 2 * hourMs;
  expect((await take(1)).refusedBy).toEqual({ key: 'rate', retryAfterMs: 200 });
  await close();
  await sql.close();
});

test('rates without a source of time of their own go by one that is never set', async () => {
  const realNow = Date.now;
  let aheadMs = 0;
  try {
    Date.now = () => realNow() + aheadMs;
    const store = memoryRateLimitStore();
    const slow = { ...level, windowMs: hourMs };
    expect((await store.take([{ level: slow, amount: 5 }])).refusedBy).toBeUndefined();
    aheadMs = hourMs;
    expect((await store.take([{ level: slow, amount: 5 }])).refusedBy?.key).toBe('rate');
  } finally {
    Date.now = realNow;
  }
});
