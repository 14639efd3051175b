import { deepEqual, equal } from 'node:assert/strict';
import type { SecretStore } from '../stores/secret-store.ts';
import type { ContractCase } from './contract.ts';

const bytes = (...values: readonly number[]) => Uint8Array.from(values);

/** What every SecretStore promises. */
export const secretStoreContract: readonly ContractCase<SecretStore>[] = [
  {
    name: 'returns undefined for a name that was never written',
    async run(make) {
      equal(await (await make()).get('receipts'), undefined);
    },
  },
  {
    name: 'lets all who write a missing secret at once agree on one value',
    async run(make) {
      const store = await make();
      const answers = await Promise.all([1, 2, 3].map(value => store.putIfAbsent('receipts', bytes(value))));
      const stored = await store.get('receipts');
      for (const answer of answers) deepEqual(answer, stored);
    },
  },
  {
    name: 'replaces a value for rotation, and keeps other names as they were',
    async run(make) {
      const store = await make();
      await store.put('one', bytes(1));
      await store.put('two', bytes(0, 255, 2));
      await store.put('one', bytes(3));
      deepEqual(await store.get('one'), bytes(3));
      deepEqual(await store.get('two'), bytes(0, 255, 2));
    },
  },
];
