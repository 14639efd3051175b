import { expect, test } from 'vitest';
import { createRetryBudget, type RetryBudget } from '../../src/routing/retry-budget.ts';

function takeAll(budget: RetryBudget): number {
  let taken = 0;
  while (taken < 1_000 && budget.take()) taken += 1;
  return taken;
}

test('lets three retries be made in each second, however few requests there are', () => {
  let nowMs = 0;
  const budget = createRetryBudget(() => nowMs);
  budget.began();
  expect(takeAll(budget)).toBe(3);
  nowMs = 999;
  expect(takeAll(budget)).toBe(0);
  nowMs = 1_000;
  expect(takeAll(budget)).toBe(3);
});

test('lets a fifth of the requests of the last second be retries', () => {
  let nowMs = 0;
  const budget = createRetryBudget(() => nowMs);
  for (let request = 0; request < 100; request += 1) {
    nowMs += 5;
    budget.began();
  }
  expect(takeAll(budget)).toBe(20);
  nowMs += 2_000;
  expect(takeAll(budget)).toBe(3);
});
