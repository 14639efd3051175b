import { describe, expect, test } from 'vitest';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';

const dayMs = 86_400_000;
const start = 1_800_000_000_000;

async function openBudgets() {
  let nowMs = start;
  const store = memoryBudgetStore({ now: () => nowMs });
  const level = { key: 'day', tenantId: 'acme', limit: 100n, resetsAt: start + dayMs };
  await store.states([level]);
  for (const slot of await store.coldSlots()) await store.open(slot, new Map());
  const settle = (id: string, cost = 10n) => store.settle({ id, tenantId: 'acme', levels: [level], cost });
  const state = async () => (await store.states([level]))[0];
  const advance = (ms: number) => {
    nowMs += ms;
  };
  return { store, level, settle, state, advance };
}

describe('memory', () => {
  test('remembers a settled reservation for fifteen minutes, and an assumed one for seven days', async () => {
    const { store, level, settle, state, advance } = await openBudgets();
    await store.reserve({ id: 'dead', tenantId: 'acme', levels: [level], amount: 20n, facts: '{}' });
    advance(store.leaseMs);
    for (const each of await store.expired(1)) await store.assume(each, 20n);
    await settle('a');
    advance(899_999);
    await settle('a');
    expect(await state()).toEqual({ spent: 30n, reserved: 0n });
    advance(1);
    await settle('a');
    expect(await state()).toEqual({ spent: 40n, reserved: 0n });
    advance(6 * dayMs);
    await settle('dead', 1n);
    expect(await state()).toEqual({ spent: 21n, reserved: 0n });
  });

  test('keeps a level that is rebuilt from the ledger for eight days after its window, too', async () => {
    let nowMs = start;
    const store = memoryBudgetStore({ now: () => nowMs });
    const level = { key: 'day', tenantId: 'acme', limit: 100n };
    await store.states([level]);
    const booked = new Map([['day', { cost: 10n, resetsAt: start + dayMs }]]);
    for (const slot of await store.coldSlots()) await store.open(slot, booked);
    for (const [atMs, spent] of [
      [9 * dayMs - 1, 10n],
      [9 * dayMs + 3_600_000, 0n],
    ] as const) {
      nowMs = start + atMs;
      await store.settle({ id: `at-${atMs}`, tenantId: 'acme', levels: [], cost: 0n });
      expect((await store.states([level]))[0]?.spent).toBe(spent);
    }
  });

  test('keeps a level for eight days after its window', async () => {
    const { settle, state, advance } = await openBudgets();
    await settle('a');
    advance(9 * dayMs - 1);
    await settle('b', 0n);
    expect(await state()).toEqual({ spent: 10n, reserved: 0n });
    advance(3_600_000);
    await settle('c', 0n);
    expect((await state())?.spent).toBe(0n);
  });

  test('counts a rate that was full in between from full', async () => {
    let nowMs = start;
    const store = memoryRateLimitStore({ now: () => nowMs });
    const level = { key: 'rate', unit: 'requests', limit: 5, windowMs: 1000 } as const;
    await store.take([{ level, amount: 5 }]);
    nowMs += 61_000;
    const { states } = await store.take([
      { level: { ...level, key: 'other' }, amount: 0 },
      { level, amount: 5 },
    ]);
    expect(states.map(({ remaining }) => remaining)).toEqual([5, 0]);
  });
});
