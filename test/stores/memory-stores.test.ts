import { describe, expect, test } from 'vitest';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { memoryRateLimitStore } from '../../src/stores/memory/rate-limit-store.ts';
import { memorySessionStore } from '../../src/stores/memory/session-store.ts';
import { memoryStreamStore } from '../../src/stores/memory/stream-store.ts';
import {
  budgetStoreContract,
  healthStoreContract,
  rateLimitStoreContract,
  sessionStoreContract,
  streamStoreContract,
} from '../../src/testing/index.ts';

describe('memory', () => {
  for (const { name, run } of healthStoreContract) {
    test(`health: ${name}`, () => run(() => Promise.resolve(memoryHealthStore())));
  }
  for (const { name, run } of sessionStoreContract) {
    test(`sessions: ${name}`, () => run(() => Promise.resolve(memorySessionStore())));
  }
  for (const { name, run } of streamStoreContract) {
    test(`streams: ${name}`, () =>
      run(async () => {
        let now = 0;
        const endKeeping = async () => {
          now += 60_000;
        };
        return { store: memoryStreamStore({ now: () => now }), endKeeping };
      }));
  }
  for (const { name, run } of budgetStoreContract) {
    test(`budgets: ${name}`, () => run(() => Promise.resolve(memoryBudgets())));
  }
  for (const { name, run } of rateLimitStoreContract) {
    test(`rates: ${name}`, () => run(() => Promise.resolve(memoryRateLimitStore())));
  }

  test('sessions: pushes out the one unused for longest, not one that is in use', () => {
    const store = memorySessionStore({ maxSessions: 2 });
    store.remember('a', 'one', 0);
    store.remember('b', 'one', 1);
    store.endpointOf('a', 2);
    store.remember('c', 'one', 3);
    expect(['a', 'b', 'c'].map(key => store.endpointOf(key, 4))).toEqual(['one', undefined, 'one']);
  });

  test('health: bounds the endpoints that it keeps', () => {
    const store = memoryHealthStore({ maxEndpoints: 2 });
    for (const endpointId of ['a', 'b', 'a', 'c'])
      store.record({ endpointId, credential: '1', at: 1000, isGood: true });
    expect(['a', 'b', 'c'].map(id => store.health(id, ['1'], 1000).state)).toEqual(['HEALTHY', 'UNKNOWN', 'HEALTHY']);
  });

  test('refuses options that make no sense, naming them', () => {
    expect(() => memorySessionStore({ maxSessions: 0 })).toThrow(/maxSessions/);
    expect(() => memorySessionStore({ idleTtlMs: Number.NaN })).toThrow(/idleTtlMs/);
    expect(() => memoryBudgetStore({ leaseMs: 0 })).toThrow(/leaseMs/);
    expect(() => memoryBudgetStore({ settledRetentionMs: -1 })).toThrow(/settledRetentionMs/);
    expect(() => memoryHealthStore({ maxEndpoints: 1.5 })).toThrow(/maxEndpoints/);
  });
});

function memoryBudgets() {
  let now = Date.now();
  const store = memoryBudgetStore({ now: () => now });
  const endLeases = async () => {
    now += store.leaseMs;
  };
  return { store, endLeases };
}
