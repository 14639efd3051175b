import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { AuditAct } from '../model/audit.ts';
import type { ContentHold, ContentStore, KeptContent } from '../stores/content-store.ts';
import type { ContractCase } from './contract.ts';

const act: AuditAct = { actor: 'administrator', action: 'content.test', target: 'any', change: {} };

const content = (completionId: string, changes: Partial<KeptContent> = {}): KeptContent => ({
  completionId,
  createdAt: 1,
  tenantId: 'bank',
  projectId: 'desk',
  projectPath: ['desk', 'bank'],
  user: 'u1',
  keepUntil: 100,
  prompt: '{"messages":[]}',
  answer: '{"text":"é"}',
  ...changes,
});

const hold = (id: string, of: Partial<ContentHold>): ContentHold => ({ id, createdAt: 1, createdBy: 'user:a', ...of });

/** What every ContentStore promises. */
export const contentStoreContract: readonly ContractCase<ContentStore>[] = [
  {
    name: 'returns what is kept, in the order that was asked for, until its time has passed',
    async run(make) {
      const store = await make();
      const two = content('two', { apiKeyId: 'k' });
      await store.keep(content('one'));
      await store.keep(two);
      deepEqual(await store.contents(['two', 'none', 'one'], 99), [two, undefined, content('one')]);
      deepEqual(await store.contents(['two'], 100), [undefined]);
    },
  },
  {
    name: 'purges what is past its time, and nothing else',
    async run(make) {
      const store = await make();
      for (const keepUntil of [50, 100, 150]) await store.keep(content(`until ${keepUntil}`, { keepUntil }));
      equal(await store.purge(100), 2);
      equal(await store.purge(100), 0);
      deepEqual(await store.contents(['until 50', 'until 150'], 0), [
        undefined,
        content('until 150', { keepUntil: 150 }),
      ]);
    },
  },
  {
    name: 'purges nothing that a hold names, by project, by user or by both, until the hold is removed',
    async run(make) {
      const store = await make();
      await store.keep(content('mine'));
      await store.keep(content('other user', { user: 'u2' }));
      await store.keep(content('other project', { projectId: 'shop', projectPath: ['shop', 'bank'], user: 'u3' }));
      await store.keep(content('both', { projectId: 'shop', projectPath: ['shop', 'bank'] }));
      await store.addHold(hold('h1', { projectId: 'desk', user: 'u2' }), act);
      await store.addHold(hold('h2', { projectId: 'shop', user: 'u1' }), act);
      equal(await store.purge(1000), 2);
      await store.addHold(hold('h3', { projectId: 'bank' }), act);
      await store.removeHold('h1', act);
      await store.removeHold('h2', act);
      equal(await store.purge(1000), 0);
      deepEqual(await store.holds(), [hold('h3', { projectId: 'bank' })]);
      await store.removeHold('h3', act);
      equal(await store.purge(1000), 2);
      await rejects(store.removeHold('h3', act), { code: 'NOT_FOUND' });
    },
  },
  {
    name: 'erases all text of one user within the projects named, and says what a hold keeps',
    async run(make) {
      const store = await make();
      await store.keep(content('one'));
      await store.keep(content('two', { tenantId: 'shop', projectId: 'shop', projectPath: ['shop'] }));
      await store.keep(content('three', { user: 'u2' }));
      deepEqual(await store.erase('u1', [], act), { erased: 0, held: 0 });
      deepEqual(await store.erase('u1', ['bank'], act), { erased: 1, held: 0 });
      await store.addHold(hold('h', { user: 'u1' }), act);
      deepEqual(await store.erase('u1', undefined, act), { erased: 0, held: 1 });
      await store.removeHold('h', act);
      deepEqual(await store.erase('u1', undefined, act), { erased: 1, held: 0 });
      deepEqual(await store.contents(['three'], 0), [content('three', { user: 'u2' })]);
    },
  },
];
