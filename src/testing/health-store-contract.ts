import { deepEqual, equal } from 'node:assert/strict';
import type { HealthStore } from '../stores/health-store.ts';
import type { ContractCase } from './contract.ts';

const endpointId = 'model@one';
const start = 1_800_000_000_000;

function fail(store: HealthStore, times: number, at = start): void {
  for (let count = 0; count < times; count++) store.record({ endpointId, at, isGood: false });
}

/** What every HealthStore promises. */
export const healthStoreContract: readonly ContractCase<HealthStore>[] = [
  {
    name: 'knows nothing of an endpoint without traffic',
    async run(make) {
      deepEqual((await make()).health(endpointId, start), { state: 'UNKNOWN', hadRecentOutage: false });
    },
  },
  {
    name: 'opens the breaker at the fifth fault in a row, for 30 seconds after the last one',
    async run(make) {
      const store = await make();
      fail(store, 4);
      equal(store.health(endpointId, start).state, 'DEGRADED');
      fail(store, 1);
      equal(store.health(endpointId, start).state, 'OPEN');
      equal(store.health(endpointId, start + 29_999).state, 'OPEN');
      equal(store.health(endpointId, start + 30_000).state, 'DEGRADED');
    },
  },
  {
    name: 'closes the breaker when an answer succeeds',
    async run(make) {
      const store = await make();
      fail(store, 5);
      store.record({ endpointId, at: start + 30_000, isGood: true });
      equal(store.health(endpointId, start + 30_000).state, 'DEGRADED');
      for (let count = 0; count < 60; count++) store.record({ endpointId, at: start + 31_000, isGood: true });
      equal(store.health(endpointId, start + 32_000).state, 'HEALTHY');
    },
  },
  {
    name: 'reports an outage for 30 seconds, and an uptime below 0.9 as degraded after it',
    async run(make) {
      const store = await make();
      for (let count = 0; count < 8; count++) store.record({ endpointId, at: start, isGood: true });
      equal(store.health(endpointId, start + 1).state, 'HEALTHY');
      fail(store, 2, start + 2);
      equal(store.health(endpointId, start + 30_001).hadRecentOutage, true);
      const later = store.health(endpointId, start + 30_002);
      deepEqual([later.hadRecentOutage, later.uptime, later.state], [false, 0.8, 'DEGRADED']);
    },
  },
  {
    name: 'forgets what is older than five minutes',
    async run(make) {
      const store = await make();
      fail(store, 3);
      equal(store.health(endpointId, start + 280_000).uptime, 0);
      deepEqual(store.health(endpointId, start + 320_000), { state: 'UNKNOWN', hadRecentOutage: false });
    },
  },
  {
    name: 'takes quantiles of the time to the first token, and the median of tokens per second',
    async run(make) {
      const store = await make();
      for (let count = 1; count <= 100; count++) {
        const sample = { endpointId, at: start + count, isGood: true, firstTokenMs: count };
        store.record({ ...sample, outputTokens: count, generationMs: 1000 });
      }
      const health = store.health(endpointId, start + 200);
      deepEqual([health.firstTokenP50Ms, health.firstTokenP99Ms, health.throughput], [50, 99, 50]);
    },
  },
  {
    name: 'cools one endpoint down until the latest instant asked for, without harm to its health',
    async run(make) {
      const store = await make();
      store.coolDown(endpointId, start + 2000);
      store.coolDown(endpointId, start + 1000);
      equal(store.coolingUntil(endpointId, start), start + 2000);
      equal(store.coolingUntil('model@two', start), undefined);
      equal(store.coolingUntil(endpointId, start + 2000), undefined);
      equal(store.health(endpointId, start).state, 'UNKNOWN');
    },
  },
];
