import { deepEqual, equal } from 'node:assert/strict';
import type { HealthSample, HealthStore } from '../stores/health-store.ts';
import { breakerContract } from './circuit-breaker-contract.ts';
import type { ContractCase } from './contract.ts';

const endpointId = 'model@one';
const credential = 'blue';
const start = 1_800_000_000_000;

function healthAt(store: HealthStore, now: number) {
  return store.health(endpointId, [credential], now);
}

function record(store: HealthStore, at: number, isGood: boolean, more: Partial<HealthSample> = {}): void {
  store.record({ endpointId, credential, at, isGood, ...more });
}

function repeat(times: number, action: (count: number) => void): void {
  for (let count = 1; count <= times; count++) action(count);
}

/** What every HealthStore promises. */
export const healthStoreContract: readonly ContractCase<HealthStore>[] = [
  {
    name: 'knows nothing of an endpoint without traffic',
    async run(make) {
      deepEqual(healthAt(await make(), start), { state: 'UNKNOWN', hadRecentOutage: false });
    },
  },
  {
    name: 'reports an outage for 28 seconds, and an uptime below 0.9 as degraded after it',
    async run(make) {
      const store = await make();
      repeat(8, () => record(store, start, true));
      equal(healthAt(store, start + 1).state, 'HEALTHY');
      repeat(2, () => record(store, start + 2, false));
      equal(healthAt(store, start + 28_001).hadRecentOutage, true);
      const later = healthAt(store, start + 28_002);
      deepEqual([later.hadRecentOutage, later.uptime, later.state], [false, 0.8, 'DEGRADED']);
    },
  },
  {
    name: 'counts an outage from when the endpoint fell silent, not from when it was given up',
    async run(make) {
      const store = await make();
      const gaveUpAt = start + 12_000;
      store.record({ endpointId, credential, startedAt: start, at: gaveUpAt, isGood: false, silentMs: 12_000 });
      equal(healthAt(store, start + 27_999).hadRecentOutage, true);
      equal(healthAt(store, start + 28_000).hadRecentOutage, false);
    },
  },
  {
    name: 'counts a fault of an endpoint that may have been at work still, but no outage, until five in a row open its breaker',
    async run(make) {
      const store = await make();
      repeat(4, () => record(store, start, false, { silentMs: 1_000, mayHaveWorked: true }));
      deepEqual(healthAt(store, start), { state: 'DEGRADED', uptime: 0, hadRecentOutage: false });
      record(store, start, false, { silentMs: 1_000, mayHaveWorked: true });
      equal(healthAt(store, start).state, 'OPEN');
    },
  },
  {
    name: 'holds no fault of a call against it that began before it was back',
    async run(make) {
      const store = await make();
      repeat(5, () => record(store, start, false));
      const pass = store.admit(endpointId, credential, start + 28_000);
      store.record({ endpointId, credential, startedAt: start + 28_000, at: start + 28_100, isGood: true });
      pass?.release(start + 28_100, true);
      store.record({ endpointId, credential, startedAt: start + 1, at: start + 40_000, isGood: false });
      equal(healthAt(store, start + 40_001).hadRecentOutage, false);
    },
  },
  {
    name: 'forgets what is older than five minutes',
    async run(make) {
      const store = await make();
      repeat(3, () => record(store, start, false));
      equal(healthAt(store, start + 280_000).uptime, 0);
      deepEqual(healthAt(store, start + 320_000), { state: 'UNKNOWN', hadRecentOutage: false });
    },
  },
  {
    name: 'counts instants before zero of its clock: what others saw before this process began',
    async run(make) {
      const store = await make();
      record(store, -200_000, true);
      record(store, -100_000, false);
      equal(healthAt(store, 10).uptime, 0.5);
      equal(healthAt(store, 120_000).uptime, 0);
    },
  },
  {
    name: 'takes quantiles of the time to the first token, and the median of tokens per second',
    async run(make) {
      const store = await make();
      repeat(100, count =>
        record(store, start + count, true, { firstTokenMs: count, outputTokens: count, generationMs: 1000 }),
      );
      const health = healthAt(store, start + 200);
      deepEqual([health.firstTokenP50Ms, health.firstTokenP99Ms, health.throughput], [50, 99, 50]);
    },
  },
  {
    name: 'merges the samples of all credentials',
    async run(make) {
      const store = await make();
      record(store, start, true, { firstTokenMs: 10 });
      record(store, start, false, { credential: 'green' });
      const { uptime, firstTokenP50Ms } = store.health(endpointId, [credential, 'green'], start);
      deepEqual([uptime, firstTokenP50Ms], [0.5, 10]);
    },
  },
  {
    name: 'knows how long first tokens take by the size of the input, from the tenth stream on',
    async run(make) {
      const store = await make();
      repeat(9, () => record(store, start, true, { inputTokens: 100, firstTokenMs: 700 }));
      equal(store.firstTokenP99Ms(endpointId, 100, start), undefined);
      record(store, start, true, { inputTokens: 900, firstTokenMs: 800 });
      equal(store.firstTokenP99Ms(endpointId, 50, start + 1000), 800);
      equal(store.firstTokenP99Ms(endpointId, 50_000, start + 1000), undefined);
      equal(store.firstTokenP99Ms(endpointId, 50, start + 301_000), undefined);
    },
  },
  {
    name: 'counts a stream that was given up as twice its limit, and one without a size not at all',
    async run(make) {
      const store = await make();
      repeat(10, () => record(store, start, true, { inputTokens: 100, firstTokenMs: 100 }));
      record(store, start, true, { firstTokenMs: 90_000 });
      equal(store.firstTokenP99Ms(endpointId, 100, start), 100);
      record(store, start, false, { inputTokens: 100, gaveUpAfterMs: 2_000 });
      equal(store.firstTokenP99Ms(endpointId, 100, start + 1000), 4_000);
    },
  },
  {
    name: 'cools one credential down at one endpoint, until the latest instant asked for, without harm to its health',
    async run(make) {
      const store = await make();
      equal(store.coolDown(endpointId, credential, start, 2000), start + 2000);
      equal(store.coolDown(endpointId, credential, start, 1000), start + 2000);
      equal(store.coolingUntil(endpointId, credential, start), start + 2000);
      equal(store.coolingUntil('model@two', credential, start), undefined);
      equal(store.coolingUntil(endpointId, 'green', start), undefined);
      equal(store.coolingUntil(endpointId, credential, start + 2000), undefined);
      equal(healthAt(store, start).state, 'UNKNOWN');
    },
  },
  {
    name: 'waits longer from time to time where a rate limit names no time, up to a minute, until a call succeeds',
    async run(make) {
      const store = await make();
      let now = start;
      const waits = Array.from({ length: 7 }, () => {
        const until = store.coolDown(endpointId, credential, now);
        equal(store.coolDown(endpointId, credential, now + 1), until);
        const waitMs = until - now;
        now = until;
        return waitMs;
      });
      deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
      record(store, now + 10, true, { startedAt: now });
      equal(store.coolDown(endpointId, credential, now + 20), now + 20 + 2_000);
    },
  },
  ...breakerContract,
];
