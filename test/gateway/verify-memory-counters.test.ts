import { expect, test } from 'vitest';
import { verifyCounters } from '../../src/gateway/verify-counters.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { openAll } from '../../src/testing/budget-subject.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const now = Date.UTC(2026, 10, 22);
const levels = [
  { key: 'a:ever', tenantId: 'a', limit: 1_000_000n },
  { key: 'pot', limit: 1_000_000n },
];

/** Counters in memory and a ledger, with three attempts: booked, settled in a completion that goes on, and held. */
async function open() {
  const { ledger, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  const counters = memoryBudgetStore({ now: () => now });
  await openAll(counters, levels);
  for (const [serial, state] of ['booked', 'settled', 'held'].entries()) {
    const completion = opened(idAt(now, serial), now);
    const attempt = attempted(completion, 10 + serial, { budgets: levels });
    await counters.reserve({ id: attempt.id, tenantId: 'a', levels, amount: 1000n, facts: '{}' });
    await ledger.openCompletion(completion);
    await ledger.openAttempt(attempt);
    if (state === 'held') continue;
    await ledger.settleAttempt(settled(attempt, { usage: usage(1, 40n) }));
    await counters.settle({ id: attempt.id, tenantId: 'a', levels, cost: 40n });
    if (state === 'booked') await ledger.closeCompletion(closed(completion));
  }
  const verify = async () => {
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
    return (await verifying).map(({ key, off }) => [key.budget_key, off.cost]);
  };
  return { counters, verify };
}

test('the counters of one process agree with what is booked, within what is in flight', async () => {
  const { verify } = await open();
  expect(await verify()).toEqual([]);
});

test('control: what was counted and never booked is found', async () => {
  const { counters, verify } = await open();
  await counters.settle({ id: 'unknown', tenantId: 'a', levels, cost: 100_000n });
  const found = await verify();
  expect(found.map(([key]) => key).sort()).toEqual(['a:ever', 'pot']);
  for (const [, off] of found) expect(Number(off)).toBeGreaterThan(90_000);
});
