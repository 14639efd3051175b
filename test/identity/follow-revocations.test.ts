import { afterEach, describe, expect, test } from 'vitest';
import { createAccessControl } from '../../src/identity/access-control.ts';
import { createJwtVerifier } from '../../src/identity/jwt.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { manualClock } from '../support/manual-clock.ts';
import { codeOf, openStores } from './open-access.ts';

const hashKey = new Uint8Array(32).fill(3);
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Two nodes over one store. */
async function twoNodes(seenByB: (real: AccessStore) => AccessStore = real => real) {
  const { access: store } = await openStores();
  const clock = manualClock();
  const jwt = createJwtVerifier({ issuers: [], clock });
  const open = (seen: AccessStore) =>
    createAccessControl({ store: seen, clock, hashKey, administratorHash: hashKey, jwt, confirmWithinMs: 30_000 });
  const a = await open(store);
  const b = await open(seenByB(store));
  closers.push(a.close, b.close);
  const administrator = a.localAdministrator();
  const project = await a.createProject(administrator, { name: 'Bank' });
  const makeKey = () => a.createApiKey(administrator, { name: 'k', projectId: project.id, role: 'MEMBER' });
  return { store, clock, a, b, administrator, makeKey };
}

describe('a key that is revoked on another node', () => {
  test('ends what runs with it at the next look, and is refused from then on', async () => {
    const { a, b, administrator, makeKey } = await twoNodes();
    const [{ apiKey, secret }, other] = [await makeKey(), await makeKey()];
    const principal = await b.authenticate({ bearer: secret });
    const bystander = await b.authenticate({ bearer: other.secret });
    await a.revokeApiKey(administrator, apiKey.id);
    await b.changes.refresh();
    expect(principal.revoked?.aborted).toBe(true);
    expect(b.authenticateCached(secret)).toBeUndefined();
    expect(await codeOf(b.authenticate({ bearer: secret }))).toBe('UNAUTHENTICATED');
    expect(bystander.revoked?.aborted).toBe(false);
    expect(b.authenticateCached(other.secret)).toBe(bystander);
  });

  test('control: without a look it goes on', async () => {
    const { a, b, administrator, makeKey } = await twoNodes();
    const { apiKey, secret } = await makeKey();
    const principal = await b.authenticate({ bearer: secret });
    await a.revokeApiKey(administrator, apiKey.id);
    expect(principal.revoked?.aborted).toBe(false);
    expect(b.authenticateCached(secret)).toBe(principal);
  });

  test('is not accepted where it was read before and the look came between', async () => {
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const { a, b, administrator, makeKey } = await twoNodes(real => ({
      ...real,
      async apiKeyByHash(hash) {
        const found = await real.apiKeyByHash(hash);
        read.resolve();
        await gate.promise;
        return found;
      },
    }));
    const { apiKey, secret } = await makeKey();
    const verdict = codeOf(b.authenticate({ bearer: secret }));
    await read.promise;
    await a.revokeApiKey(administrator, apiKey.id);
    await b.changes.refresh();
    gate.resolve();
    expect(await verdict).toBe('UNAUTHENTICATED');
  });

  test('is found by asking for every key that was used, where an older state of the database was restored', async () => {
    let isRestored = false;
    const { store, b, administrator, a, makeKey } = await twoNodes(real => ({
      ...real,
      // What the database says after its restoration: a lower number, and nothing of what was revoked after it.
      changesSince: async version =>
        isRestored ? { version: 1, revokedKeyIds: [] } : await real.changesSince(version),
    }));
    const [revoked, kept] = [await makeKey(), await makeKey()];
    const [first, second] = [
      await b.authenticate({ bearer: revoked.secret }),
      await b.authenticate({ bearer: kept.secret }),
    ];
    await b.changes.refresh();
    expect(b.changes.version).toBe(await store.version());
    await a.revokeApiKey(administrator, revoked.apiKey.id);
    isRestored = true;
    await b.changes.refresh();
    expect([first.revoked?.aborted, second.revoked?.aborted]).toEqual([true, false]);
    expect(b.changes.version).toBe(1);
  });
});

test('uses of keys that are written down are no change that other nodes look at', async () => {
  const { store, b, clock, makeKey } = await twoNodes();
  const { apiKey, secret } = await makeKey();
  const before = await store.version();
  await b.authenticate({ bearer: secret });
  clock.advance(6_000);
  while ((await store.apiKeys([apiKey.id]))[0]?.lastUsedAt === undefined);
  expect(await store.version()).toBe(before);
});
