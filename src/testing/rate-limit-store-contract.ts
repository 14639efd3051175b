import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { RateLimitLevel, RateLimitStore } from '../stores/rate-limit-store.ts';
import type { ContractCase } from './contract.ts';

/** Windows are long here, so that what comes back while a test runs is less than one of the limit's units. */
const windowMs = 31 * 86_400_000;

function level(key: string, limit: number, tenantId: string | undefined = 'acme'): RateLimitLevel {
  return { key, unit: 'requests', limit, windowMs, ...(tenantId === '' ? {} : { tenantId }) };
}

async function remaining(store: RateLimitStore, ...levels: readonly RateLimitLevel[]): Promise<readonly number[]> {
  const { states } = await store.take(levels.map(each => ({ level: each, amount: 0 })));
  return states.map(state => state.remaining);
}

/** What every RateLimitStore promises. */
export const rateLimitStoreContract: readonly ContractCase<RateLimitStore>[] = [
  {
    name: 'gives a full window at once, and then says when the next will pass',
    async run(make) {
      const store = await make();
      const ten = level('ten', 10);
      for (let left = 9; left >= 0; left--) {
        const { states, refusedBy } = await store.take([{ level: ten, amount: 1 }]);
        deepEqual([states[0]?.remaining, refusedBy], [left, undefined]);
      }
      const { states, refusedBy } = await store.take([{ level: ten, amount: 1 }]);
      equal(states[0]?.remaining, 0);
      equal(refusedBy?.key, 'ten');
      const tenth = windowMs / 10;
      ok((refusedBy?.retryAfterMs ?? 0) > tenth - 60_000 && (refusedBy?.retryAfterMs ?? 0) <= tenth);
      ok((states[0]?.resetAfterMs ?? 0) > windowMs - 60_000 && (states[0]?.resetAfterMs ?? 0) <= windowMs);
    },
  },
  {
    name: 'takes from all levels or from none, and names the one that keeps it longest',
    async run(make) {
      const store = await make();
      const [few, many] = [level('few', 2), level('many', 10)];
      await store.take([{ level: few, amount: 2 }]);
      const both = await store.take([
        { level: many, amount: 1 },
        { level: few, amount: 1 },
      ]);
      deepEqual([both.refusedBy?.key, both.states.map(state => state.remaining)], ['few', [10, 0]]);
      deepEqual(await remaining(store, many), [10]);
    },
  },
  {
    name: 'says that more than the limit will never pass, and takes nothing for it',
    async run(make) {
      const store = await make();
      const ten = level('ten', 10);
      const { refusedBy } = await store.take([{ level: ten, amount: 11 }]);
      deepEqual(refusedBy, { key: 'ten' });
      deepEqual(await remaining(store, ten), [10]);
      equal((await store.take([{ level: ten, amount: 10 }])).refusedBy, undefined);
    },
  },
  {
    name: 'corrects in both directions without a check, and never beyond full',
    async run(make) {
      const store = await make();
      const tokens = level('tokens', 1000);
      await store.take([{ level: tokens, amount: 600 }]);
      await store.correct([{ level: tokens, amount: -200 }]);
      deepEqual(await remaining(store, tokens), [600]);
      await store.correct([{ level: tokens, amount: 1000 }]);
      deepEqual(await remaining(store, tokens), [0]);
      equal((await store.take([{ level: tokens, amount: 1 }])).refusedBy?.key, 'tokens');
      await store.correct([{ level: tokens, amount: -5000 }]);
      deepEqual(await remaining(store, tokens), [1000]);
    },
  },
  {
    name: 'counts across tenants too, and gives that back where the tenant refuses',
    async run(make) {
      const store = await make();
      const [own, everybody, other] = [level('own', 1), level('everybody', 10, ''), level('own', 1, 'other')];
      const both = [
        { level: own, amount: 1 },
        { level: everybody, amount: 1 },
      ];
      equal((await store.take(both)).refusedBy, undefined);
      const refused = await store.take(both);
      deepEqual([refused.refusedBy?.key, refused.states.map(state => state.remaining)], ['own', [0, 9]]);
      deepEqual(await remaining(store, everybody, other), [9, 1]);
      await store.correct([{ level: everybody, amount: 9 }]);
      const beyond = await store.take([
        { level: other, amount: 1 },
        { level: everybody, amount: 1 },
      ]);
      deepEqual([beyond.refusedBy?.key, beyond.states.map(state => state.remaining)], ['everybody', [1, 0]]);
      deepEqual(await remaining(store, other), [1]);
    },
  },
  {
    name: 'loses and wins no token at the ends of what a level may be',
    async run(make) {
      const store = await make();
      const largest = level('largest', 1_000_000_000_000);
      const smallest: RateLimitLevel = { ...level('smallest', 1), windowMs: 1000 };
      await store.take([{ level: largest, amount: 1_000_000_000_000 }]);
      await store.correct([{ level: largest, amount: -999_999_999_999 }]);
      const [left] = await remaining(store, largest);
      ok(left !== undefined && left >= 999_999_999_999 && left < 1_000_000_000_000 + 1);
      const huge = Number.MAX_SAFE_INTEGER;
      await store.correct([{ level: smallest, amount: huge }]);
      await store.correct([{ level: smallest, amount: huge }]);
      const { refusedBy } = await store.take([{ level: smallest, amount: 1 }]);
      ok((refusedBy?.retryAfterMs ?? 0) > 900_000_000_000);
    },
  },
  {
    name: 'refuses levels and amounts that make no sense',
    async run(make) {
      const store = await make();
      const fine = level('fine', 10);
      const wrong = [
        [{ level: { ...fine, limit: 0 }, amount: 1 }],
        [{ level: { ...fine, limit: 1.5 }, amount: 1 }],
        [{ level: { ...fine, limit: 1_000_000_000_001 }, amount: 1 }],
        [{ level: { ...fine, windowMs: 999 }, amount: 1 }],
        [{ level: { ...fine, windowMs: windowMs + 1 }, amount: 1 }],
        [{ level: { ...fine, key: 'a b' }, amount: 1 }],
        [{ level: fine, amount: 0.5 }],
        [{ level: fine, amount: -1 }],
        [
          { level: fine, amount: 1 },
          { level: fine, amount: 1 },
        ],
      ];
      for (const takes of wrong) await rejects(store.take(takes), TypeError);
    },
  },
];
