import { equal, notEqual, ok } from 'node:assert/strict';
import type { BreakerPass } from '../routing/circuit-breaker.ts';
import type { HealthStore } from '../stores/health-store.ts';
import type { ContractCase } from './contract.ts';

const endpointId = 'model@one';
const blue = 'blue';
const green = 'green';
const start = 1_800_000_000_000;

function fail(store: HealthStore, times: number, at: number, credential = blue): void {
  for (let count = 0; count < times; count++) store.record({ endpointId, credential, at, isGood: false });
}

function stateAt(store: HealthStore, now: number, credentials: readonly string[] = [blue]) {
  return store.health(endpointId, credentials, now).state;
}

function probeOf(store: HealthStore, now: number): BreakerPass {
  const pass = store.admit(endpointId, blue, now);
  if (pass?.isProbe !== true) throw new Error('no probe is let through');
  return pass;
}

/** One probe that ends as it is told to. */
function probe(store: HealthStore, now: number, isGood: boolean): void {
  const pass = probeOf(store, now);
  store.record({ endpointId, credential: blue, startedAt: now, at: now + 10, isGood });
  pass.release(now + 10, isGood);
}

/** What every HealthStore promises of its circuit breakers. */
export const breakerContract: readonly ContractCase<HealthStore>[] = [
  {
    name: 'opens the breaker at the fifth fault in a row, for 28 seconds',
    async run(make) {
      const store = await make();
      fail(store, 4, start);
      equal(stateAt(store, start), 'DEGRADED');
      equal(store.admit(endpointId, blue, start)?.isProbe, false);
      fail(store, 1, start);
      equal(stateAt(store, start), 'OPEN');
      equal(stateAt(store, start + 27_999), 'OPEN');
      equal(store.admit(endpointId, blue, start + 27_999), undefined);
      equal(stateAt(store, start + 28_000), 'DEGRADED');
    },
  },
  {
    name: 'opens the breaker where half of twenty calls in ten seconds were faults, whatever their order',
    async run(make) {
      const store = await make();
      for (let count = 0; count < 19; count++) {
        store.record({ endpointId, credential: blue, at: start + count * 500, isGood: count % 2 === 0 });
      }
      equal(stateAt(store, start + 9_000), 'DEGRADED');
      store.record({ endpointId, credential: blue, at: start + 9_500, isGood: false });
      equal(stateAt(store, start + 9_500), 'OPEN');
    },
  },
  {
    name: 'does not open it for as many faults over a longer time',
    async run(make) {
      const store = await make();
      for (let count = 0; count < 40; count++) {
        store.record({ endpointId, credential: blue, at: start + count * 1000, isGood: count % 2 === 0 });
      }
      equal(stateAt(store, start + 40_000), 'DEGRADED');
    },
  },
  {
    name: 'lets one probe through at a time, and the next one 28 seconds after the one that failed began',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      const pass = probeOf(store, start + 28_000);
      equal(store.admit(endpointId, blue, start + 31_000), undefined);
      equal(stateAt(store, start + 31_000), 'OPEN');
      fail(store, 1, start + 32_000);
      pass.release(start + 32_000, false);
      equal(store.admit(endpointId, blue, start + 55_999), undefined);
      probeOf(store, start + 56_000);
    },
  },
  {
    name: 'lets whoever is due for a probe take its usual place, whatever has failed there meanwhile',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      fail(store, 1, start + 25_000);
      equal(store.health(endpointId, [blue], start + 27_999).hadRecentOutage, true);
      equal(store.health(endpointId, [blue], start + 28_000).hadRecentOutage, false);
    },
  },
  {
    name: 'closes the breaker when a probe succeeds, and forgets the outage',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      probe(store, start + 28_000, true);
      const { state, hadRecentOutage } = store.health(endpointId, [blue], start + 30_020);
      equal(state, 'DEGRADED');
      equal(hadRecentOutage, false);
      equal(store.admit(endpointId, blue, start + 30_020)?.isProbe, false);
      for (let count = 0; count < 60; count++) {
        store.record({ endpointId, credential: blue, at: start + 31_000, isGood: true });
      }
      equal(stateAt(store, start + 32_000), 'HEALTHY');
    },
  },
  {
    name: 'closes it as soon as a probe begins to answer: a stream may go on for long',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      const pass = probeOf(store, start + 28_000);
      pass.answered(start + 30_500);
      equal(store.admit(endpointId, blue, start + 30_600)?.isProbe, false);
      pass.release(start + 200_000);
      equal(store.admit(endpointId, blue, start + 200_000)?.isProbe, false);
    },
  },
  {
    name: 'lets the next probe through at once where one tells nothing: it was cancelled, or its request was at fault',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      const pass = probeOf(store, start + 28_000);
      pass.release(start + 30_100);
      pass.release(start + 30_100, false);
      const next = probeOf(store, start + 30_200);
      pass.release(start + 30_300);
      equal(store.admit(endpointId, blue, start + 30_400), undefined);
      next.release(start + 30_500);
    },
  },
  {
    name: 'wants one more probe in a row of whom it opens again for within five minutes, up to five',
    async run(make) {
      const store = await make();
      let now = start;
      for (const wanted of [1, 2, 3, 4, 5, 5]) {
        fail(store, 5, now);
        for (let count = 1; count <= wanted; count++) {
          now += 28_000;
          probe(store, now, true);
          const isClosed = store.admit(endpointId, blue, now + 20)?.isProbe === false;
          equal(isClosed, count === wanted, `probe ${count} of ${wanted}`);
        }
        now += 60_000;
      }
      now += 300_000;
      fail(store, 5, now);
      probe(store, now + 28_000, true);
      equal(store.admit(endpointId, blue, now + 30_020)?.isProbe, false);
    },
  },
  {
    name: 'begins to count probes anew after one that failed',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      probe(store, start + 28_000, true);
      const again = start + 40_000;
      fail(store, 5, again);
      probe(store, again + 28_000, true);
      probe(store, again + 60_000, false);
      probe(store, again + 90_000, true);
      equal(store.admit(endpointId, blue, again + 90_020), undefined);
      probe(store, again + 120_000, true);
      equal(store.admit(endpointId, blue, again + 120_020)?.isProbe, false);
    },
  },
  {
    name: 'goes by calls that began since it opened, and does not open for those from before it closed',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      store.record({ endpointId, credential: blue, startedAt: start - 5_000, at: start + 1_000, isGood: true });
      equal(store.admit(endpointId, blue, start + 1_001), undefined);
      store.record({ endpointId, credential: blue, startedAt: start + 2_000, at: start + 3_000, isGood: true });
      equal(store.admit(endpointId, blue, start + 3_001)?.isProbe, false);
      for (let count = 0; count < 9; count++) {
        store.record({ endpointId, credential: blue, startedAt: start + 1_000, at: start + 4_000, isGood: false });
      }
      equal(store.admit(endpointId, blue, start + 4_001)?.isProbe, false);
    },
  },
  {
    name: 'keeps one breaker for each credential: an endpoint is open where all of its credentials are',
    async run(make) {
      const store = await make();
      fail(store, 5, start);
      notEqual(stateAt(store, start, [blue, green]), 'OPEN');
      ok(store.admit(endpointId, green, start));
      fail(store, 5, start, green);
      equal(stateAt(store, start, [blue, green]), 'OPEN');
      equal(stateAt(store, start, [blue, green, 'unused']), 'DEGRADED');
      equal(store.admit('model@two', blue, start)?.isProbe, false);
    },
  },
];
