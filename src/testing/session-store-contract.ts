import { equal } from 'node:assert/strict';
import type { SessionStore } from '../stores/session-store.ts';
import type { ContractCase } from './contract.ts';

const minute = 60_000;

/** What every SessionStore promises. */
export const sessionStoreContract: readonly ContractCase<SessionStore>[] = [
  {
    name: 'remembers the endpoint for ten minutes after the last use, and no longer',
    async run(make) {
      const store = await make();
      store.remember('a', 'model@one', 0);
      equal(store.endpointOf('a', 9 * minute), 'model@one');
      equal(store.endpointOf('a', 18 * minute), 'model@one');
      equal(store.endpointOf('a', 28 * minute), undefined);
    },
  },
  {
    name: 'follows a session to another endpoint, and leaves other sessions alone',
    async run(make) {
      const store = await make();
      store.remember('a', 'model@one', 0);
      store.remember('b', 'model@one', 0);
      store.remember('a', 'model@two', 1);
      equal(store.endpointOf('a', 2), 'model@two');
      equal(store.endpointOf('b', 2), 'model@one');
      equal(store.endpointOf('c', 2), undefined);
    },
  },
];
