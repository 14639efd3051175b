import { deepEqual, equal } from 'node:assert/strict';
import type { IdempotencyClaim, IdempotencyStore } from '../stores/idempotency-store.ts';
import type { ContractCase } from './contract.ts';

/** A store, and what a test of it needs beside. */
export interface IdempotencyStoreSubject {
  readonly store: IdempotencyStore;
  /** Lets every lease run out, and all who wait be gone. */
  endLeases(): Promise<void>;
  /** Lets a day pass for all that is known. */
  endKeeping(): Promise<void>;
}

function claim(completionId: string, changes: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  return { key: 'key-a', input: 'input-a', completionId, isLogged: false, ...changes };
}

const cost = 9_007_199_254_740_993n;
const finished = { completionId: 'one', status: 'FINISHED', cost } as const;

/** What every IdempotencyStore promises. */
export const idempotencyStoreContract: readonly ContractCase<IdempotencyStoreSubject>[] = [
  {
    name: 'gives a key to one of fifty that claim it at once, and tells the others who has it',
    async run(make) {
      const { store } = await make();
      const ids = Array.from({ length: 50 }, (_, index) => `id-${index}`);
      const answers = await Promise.all(ids.map(id => store.claim(claim(id, { isLogged: true }))));
      const winner = ids[answers.findIndex(({ state }) => state === 'claimed')];
      equal(answers.filter(({ state }) => state === 'claimed').length, 1);
      const others = answers.filter(({ state }) => state !== 'claimed');
      for (const other of others) deepEqual(other, { state: 'running', completionId: winner, isLogged: true });
    },
  },
  {
    name: 'tells keys apart, and refuses other input under the same one, while it runs and after its end',
    async run(make) {
      const { store } = await make();
      equal((await store.claim(claim('one'))).state, 'claimed');
      equal((await store.claim(claim('two', { key: 'key-b', input: 'input-b' }))).state, 'claimed');
      equal((await store.claim(claim('three', { input: 'input-b' }))).state, 'mismatch');
      await store.end(claim('one'), finished);
      equal((await store.claim(claim('four', { input: 'input-b' }))).state, 'mismatch');
    },
  },
  {
    name: 'answers a claim that is made again, because its answer was lost, as the first time',
    async run(make) {
      const { store } = await make();
      deepEqual(await store.claim(claim('one')), { state: 'claimed' });
      deepEqual(await store.claim(claim('one')), { state: 'claimed' });
    },
  },
  {
    name: 'tells of what has finished, with its cost to the last nano-dollar, to whoever comes later',
    async run(make) {
      const { store, endLeases } = await make();
      await store.claim(claim('one'));
      await store.end(claim('one'), finished);
      deepEqual(await store.claim(claim('two')), { state: 'ended', ...finished });
      await endLeases();
      deepEqual(await store.claim(claim('two')), { state: 'ended', ...finished });
    },
  },
  {
    name: 'lets what did not finish be run anew, but not by those who wait for it',
    async run(make) {
      const { store } = await make();
      await store.claim(claim('one'));
      const cut = { completionId: 'one', status: 'INCOMPLETE', cost: 5n } as const;
      await store.end(claim('one'), cut);
      deepEqual(await store.claim(claim('two', { waitsFor: 'one' })), { state: 'ended', ...cut });
      equal((await store.claim(claim('two', { input: 'input-b' }))).state, 'mismatch');
      deepEqual(await store.claim(claim('three')), { state: 'claimed' });
      equal((await store.claim(claim('two', { waitsFor: 'one' }))).state, 'running');
    },
  },
  {
    name: 'gives the key of one that is gone to another, and says who that was; one that renews keeps it',
    async run(make) {
      const { store, endLeases } = await make();
      await store.claim(claim('one'));
      await endLeases();
      deepEqual(await store.renew(claim('one')), { isHeld: true, isAttended: false });
      equal((await store.claim(claim('two'))).state, 'running');
      await endLeases();
      deepEqual(await store.claim(claim('two', { waitsFor: 'one' })), { state: 'claimed', replaced: 'one' });
      equal((await store.renew(claim('one'))).isHeld, false);
      await store.end(claim('one'), finished);
      equal((await store.claim(claim('three'))).state, 'running');
    },
  },
  {
    name: 'tells who holds a key whether somebody waits for it',
    async run(make) {
      const { store, endLeases } = await make();
      await store.claim(claim('one'));
      equal((await store.renew(claim('one'))).isAttended, false);
      await store.claim(claim('two'));
      equal((await store.renew(claim('one'))).isAttended, true);
      await endLeases();
      equal((await store.renew(claim('one'))).isAttended, false);
    },
  },
  {
    name: 'notes that another completion than the one that holds the key is the one that counts',
    async run(make) {
      const { store } = await make();
      await store.claim(claim('two'));
      await store.end(claim('two'), finished);
      deepEqual(await store.claim(claim('three')), { state: 'ended', ...finished });
    },
  },
  {
    name: 'forgets a claim that is released, its input too, and nothing that ended',
    async run(make) {
      const { store } = await make();
      await store.claim(claim('one'));
      await store.release(claim('two'));
      equal((await store.claim(claim('two'))).state, 'running');
      await store.release(claim('one'));
      deepEqual(await store.claim(claim('one', { input: 'input-b' })), { state: 'claimed' });
      await store.end(claim('one'), finished);
      await store.release(claim('one'));
      equal((await store.claim(claim('one', { input: 'input-b' }))).state, 'ended');
    },
  },
  {
    name: 'forgets after a day',
    async run(make) {
      const { store, endKeeping } = await make();
      await store.claim(claim('one'));
      await store.end(claim('one'), finished);
      await endKeeping();
      deepEqual(await store.claim(claim('two', { input: 'input-b' })), { state: 'claimed' });
    },
  },
];
