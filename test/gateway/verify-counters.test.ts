import { expect, test } from 'vitest';
import { type Counters, verifyCounters } from '../../src/gateway/verify-counters.ts';
import type { BudgetLevelState } from '../../src/stores/budget-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, book, idAt, opened } from '../../src/testing/ledger-entries.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const now = Date.UTC(2026, 10, 22);
const own = { key: 'a:ever', tenantId: 'a' };
const over = { key: 'a:yesterday', tenantId: 'a', resetsAt: now };
const pot = { key: 'pot' };

/** 5 nano-dollars are booked on each level, and 1000 may come of an attempt that goes on. */
async function open(states: Readonly<Record<string, Partial<BudgetLevelState>>>, more: Partial<Counters> = {}) {
  const { ledger, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  await book(ledger, 5, now - 1000, {}, { budgets: [own, over, pot] });
  const running = opened(idAt(now, 1), now);
  await ledger.openCompletion(running);
  await ledger.openAttempt(attempted(running, 2, { budgets: [own, over, pot] }));
  const asked: (string | undefined)[] = [];
  const counters: Counters = {
    states: async levels => {
      expect(new Set(levels.map(({ tenantId }) => tenantId)).size).toBe(1);
      asked.push(...levels.map(({ key }) => key));
      return levels.map(({ key }) => ({ spent: 5n, reserved: 0n, ...states[key] }));
    },
    coldSlots: async () => [],
    ...more,
  };
  const clock = manualClock(now);
  const verifying = verifyCounters(ledger.checks, counters, clock);
  let isDone = false;
  void verifying.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    clock.advance(1000);
    await new Promise(resolve => setImmediate(resolve));
  }
  const found = (await verifying).map(({ key, off }) => [key.budget_key, off.cost]);
  return { found, asked };
}

test('agrees where counters hold what is booked, and what is in flight beside it', async () => {
  expect(await open({})).toEqual({ found: [], asked: [pot.key, own.key] });
  expect((await open({ [own.key]: { spent: 2005n }, [pot.key]: { spent: 2012n, reserved: 7n } })).found).toEqual([]);
});

test('finds a counter below what is booked: it admits too much', async () => {
  expect((await open({ [own.key]: { spent: 4n, reserved: 1000n } })).found).toEqual([[own.key, -1n]]);
});

test('finds a counter above what is booked by more than what is in flight: it refuses too much', async () => {
  expect((await open({ [pot.key]: { spent: 2013n, reserved: 7n } })).found).toEqual([[pot.key, 1n]]);
});

test('leaves out slots that are being rebuilt', async () => {
  const states = { [own.key]: { spent: 0n }, [pot.key]: { spent: 0n } };
  const coldSlots: Counters['coldSlots'] = async () => [{ tenantId: 'a', generation: '1' }];
  expect((await open(states, { coldSlots })).found).toEqual([[pot.key, -5n]]);
});

test('takes for a difference only what is there the second time too', async () => {
  let time = 0;
  const states: Counters['states'] = async levels =>
    levels.map(({ key }) => {
      if (key === own.key) time += 1;
      return { spent: key === own.key && time === 1 ? 0n : 5n, reserved: 0n };
    });
  expect((await open({}, { states })).found).toEqual([]);
  expect(time).toBe(2);
});
