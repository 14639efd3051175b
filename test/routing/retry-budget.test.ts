import { expect, test } from 'vitest';
import { createRetryBudget } from '../../src/routing/retry-budget.ts';

test('lets a fifth of the active requests be retries at the same time, and three at any time', () => {
  let active = 1;
  const budget = createRetryBudget(() => active);
  const held = [budget.take(), budget.take(), budget.take()];
  expect(held.every(giveBack => giveBack !== undefined)).toBe(true);
  expect(budget.take()).toBeUndefined();
  active = 20;
  const fourth = budget.take();
  expect(fourth).toBeDefined();
  expect(budget.take()).toBeUndefined();
  fourth?.();
  fourth?.();
  expect(budget.take()).toBeDefined();
  expect(budget.take()).toBeUndefined();
});
