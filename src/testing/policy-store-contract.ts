import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { AuditAct } from '../model/audit.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyStore } from '../stores/policy-store.ts';
import type { ContractCase } from './contract.ts';

const act: AuditAct = { actor: 'administrator', action: 'policy.test', target: 'p', change: {} };

const policy = (changes: Partial<Policy> = {}): Policy => ({
  id: 'p',
  name: 'One',
  mode: 'ENFORCE',
  appliesTo: [{ user: 'u', role: 'MEMBER' }],
  rules: { region: { allow: ['eu'] }, limits: { maxCost: 5_000_000_000_000_000_001n, maxInputTokens: 3 } },
  revision: 1,
  createdAt: 10,
  updatedAt: 10,
  updatedBy: 'administrator',
  ...changes,
});

/** What every PolicyStore promises. */
export const policyStoreContract: readonly ContractCase<PolicyStore>[] = [
  {
    name: 'returns a policy as it was written, to the nano-dollar',
    async run(make) {
      const store = await make();
      deepEqual(await store.snapshot(), { version: 0, policies: [] });
      const budgets = [{ name: 'b', limit: 7n, window: 'DAY', per: 'USER' }] as const;
      const full = policy({ description: 'why', rules: { ...policy().rules, budgets } });
      await store.createPolicy(full, act);
      deepEqual(await store.snapshot(), { version: 1, policies: [full] });
      equal(await store.version(), 1);
      await rejects(store.createPolicy(full, act), { code: 'CONFLICT' });
    },
  },
  {
    name: 'keeps every revision as it was, and takes only the one after the newest',
    async run(make) {
      const store = await make();
      await store.createPolicy(policy(), act);
      const second = policy({ revision: 2, mode: 'MONITOR', updatedAt: 20, updatedBy: 'user:u', name: 'Two' });
      await store.updatePolicy(second, act);
      for (const revision of [2, 4]) {
        await rejects(store.updatePolicy(policy({ revision, name: 'Lost' }), act), { code: 'CONFLICT' });
      }
      const writers = [3, 3, 3].map(revision => store.updatePolicy(policy({ revision }), act));
      const outcomes = await Promise.allSettled(writers);
      equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      deepEqual((await store.snapshot()).policies, [policy({ revision: 3 })]);
      const first = await store.revision('p', 1);
      deepEqual([first?.mode, first?.at, first?.by, first?.rules], ['ENFORCE', 10, 'administrator', policy().rules]);
      const page = await store.listRevisions('p', { first: 2 });
      deepEqual([page.entries.map(({ node }) => node.revision), page.hasNextPage], [[3, 2], true]);
      const rest = await store.listRevisions('p', { first: 2, after: page.entries[1]?.cursor ?? '' });
      deepEqual([rest.entries.map(({ node }) => node.revision), rest.hasNextPage], [[1], false]);
      equal(await store.revision('p', 9), undefined);
    },
  },
  {
    name: 'deletes the newest revision only, and keeps what the policy was',
    async run(make) {
      const store = await make();
      await store.createPolicy(policy(), act);
      await rejects(store.deletePolicy('p', 2, act), { code: 'CONFLICT' });
      await store.deletePolicy('p', 1, act);
      deepEqual((await store.snapshot()).policies, []);
      equal((await store.revision('p', 1))?.mode, 'ENFORCE');
      await rejects(store.deletePolicy('p', 1, act), { code: 'CONFLICT' });
      await rejects(store.updatePolicy(policy({ revision: 2 }), act), { code: 'CONFLICT' });
      equal(await store.version(), 2);
    },
  },
];
