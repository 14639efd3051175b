import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { NodeProcess, NodeStore } from '../stores/node-store.ts';
import type { ContractCase } from './contract.ts';

const node = (id: string, bootId: string, changes: Partial<NodeProcess> = {}): NodeProcess => ({
  id,
  bootId,
  policyVersion: 0,
  accessVersion: 0,
  ...changes,
});
const minuteMs = 60_000;

/** What every NodeStore promises. */
export const nodeStoreContract: readonly ContractCase<NodeStore>[] = [
  {
    name: 'shows what each node last told of itself, the longest running first',
    async run(make) {
      const store = await make();
      deepEqual(await store.list(), []);
      await store.join(node('a', 'z'), minuteMs);
      const [first] = await store.list();
      // By the store's clock, in whole milliseconds: the second one starts later.
      while ((await store.list())[0]?.silentMs === 0);
      await store.join(node('b', 'y'), minuteMs);
      const told = node('a', 'z', { address: 'http://127.0.0.1:1', policyVersion: 7, accessVersion: 9 });
      await store.beat(told);
      const states = await store.list();
      deepEqual(
        states.map(({ silentMs: _, startedAt: __, ...rest }) => rest),
        [told, node('b', 'y')],
      );
      equal(states[0]?.startedAt, first?.startedAt);
      ok(states.every(({ silentMs }) => Math.abs(silentMs) < minuteMs));
    },
  },
  {
    name: 'refuses a process while another one of its id lives, and lets it in once that has stopped or is silent',
    async run(make) {
      const store = await make();
      await store.join(node('a', 'first'), minuteMs);
      await rejects(store.join(node('a', 'second'), minuteMs), { code: 'CONFLICT' });
      equal((await store.list()).length, 1);
      await store.join(node('b', 'other'), minuteMs);
      while ((await store.list())[0]?.silentMs === 0);
      await store.join(node('a', 'second'), 0);
      await store.stop('first');
      await store.stop('second');
      await store.join(node('a', 'third'), minuteMs);
      deepEqual(
        (await store.list()).filter(({ stoppedAt }) => stoppedAt === undefined).map(({ bootId }) => bootId),
        ['other', 'third'],
      );
    },
  },
  {
    name: 'lets in one of all that enter at once under one id',
    async run(make) {
      const store = await make();
      const outcomes = await Promise.allSettled(
        ['1', '2', '3', '4'].map(bootId => store.join(node('a', bootId), minuteMs)),
      );
      equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      equal((await store.list()).length, 1);
    },
  },
  {
    name: 'keeps a stop whatever sign of life comes late, and enters again what was removed',
    async run(make) {
      const store = await make();
      await store.join(node('a', '1'), minuteMs);
      await store.stop('1');
      await store.beat(node('a', '1', { policyVersion: 3 }));
      ok((await store.list())[0]?.stoppedAt !== undefined);
      await store.remove(minuteMs);
      equal((await store.list()).length, 1);
      while ((await store.list())[0]?.silentMs === 0);
      await store.remove(0);
      deepEqual(await store.list(), []);
      await store.beat(node('a', '1'));
      deepEqual(
        (await store.list()).map(({ bootId }) => bootId),
        ['1'],
      );
    },
  },
];
