import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { AuditAct } from '../../src/model/audit.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import { attempted, book, closed, idAt, opened, settled } from '../../src/testing/ledger-entries.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { expectWholeChain } from './support/audit-chains.ts';
import { usePostgres } from './support/postgres-databases.ts';

const unavailable = { code: 'STORE_UNAVAILABLE' };
const start = Date.UTC(2026, 10, 4);
const completion = opened(idAt(start, 1), start);
const act: AuditAct = { actor: 'administrator', action: 'test', target: 'any', change: {} };
const allUsage = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres({ settings: ['deadlock_timeout=100ms'] });
  const toClose: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of toClose.splice(0)) await close();
  });

  async function throughProxy() {
    const proxy = await startLossyProxy(databases.server.port);
    toClose.push(proxy.close);
    const url = new URL(await databases.migrated());
    url.port = String(proxy.port);
    return { proxy, stores: await databases.open({ url: url.href }) };
  }

  test('a write whose acknowledgement was lost is rejected, and changes nothing the second time', async () => {
    const { proxy, stores } = await throughProxy();
    const { ledger } = stores;
    const attempt = attempted(completion, 2);
    const writes = [
      () => ledger.openCompletion(completion),
      () => ledger.openAttempt(attempt),
      () => ledger.settleAttempt(settled(attempt)),
      () => ledger.closeCompletion(closed(completion)),
    ];
    for (const write of writes) {
      const isLost = proxy.loseNextCommit();
      await expect(write()).rejects.toMatchObject(unavailable);
      await isLost;
      await write();
    }
    expect((await ledger.usage(allUsage)).total).toMatchObject({ requests: 1, cost: 7n });
  });

  test('an act whose acknowledgement was lost stands once, with its entry, and the chain goes on', async () => {
    const { proxy, stores } = await throughProxy();
    const project = { id: 'bank', name: 'Bank', createdAt: 1 };
    const isLost = proxy.loseNextCommit();
    await expect(stores.access.createProject(project, act)).rejects.toMatchObject(unavailable);
    await isLost;
    await expect(stores.access.createProject(project, act)).rejects.toMatchObject({ code: 'CONFLICT' });
    await stores.audit.append([act]);
    expect(await expectWholeChain(stores.audit)).toHaveLength(2);
  });

  test('one write that fails leaves the others of its moment whole, and in their order', async () => {
    const { access, ledger } = await databases.open();
    const attempt = attempted(completion, 2);
    const project = { id: 'p', name: 'p', createdAt: 1 };
    const outcomes = await Promise.allSettled([
      access.createProject(project),
      access.createProject(project),
      access.createProject({ ...project, id: 'q', parentId: 'nowhere' }),
      ledger.openAttempt(attempted(opened(idAt(start, 9), start), 10)),
      ledger.openCompletion(completion),
      ledger.openCompletion({ ...completion, estimatedInputTokens: 2 ** 53 - 1 }),
      ledger.openAttempt(attempt),
      ledger.settleAttempt(settled(attempt)),
      ledger.settleAttempt(settled(attempt)),
      ledger.closeCompletion(closed(completion)),
      ledger.closeCompletion(closed(completion)),
    ]);
    const codes = outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason.code : 'done'));
    const failing = ['done', 'CONFLICT', 'CONFLICT', 'CONFLICT'];
    expect(codes).toEqual([...failing, ...Array.from({ length: 7 }, () => 'done')]);
    expect((await ledger.usage(allUsage)).total).toMatchObject({ requests: 1, cost: 7n });
  });

  test('refuses what a column does not take without saying what it was, and for good', async () => {
    const { secrets, ledger } = await databases.open();
    const wrong = ledger.openAttempt(attempted(completion, 2, { region: 5 as unknown as string }));
    await expect(wrong).rejects.toMatchObject({ code: 'CONFLICT' });
    await ledger.openCompletion(completion);
    const count = settled(attempted(completion, 2), { status: 'word4711' as unknown as number });
    await ledger.openAttempt(attempted(completion, 2));
    const refused = await ledger.settleAttempt(count).catch((fault: Error) => fault);
    expect(refused).toMatchObject({ ...unavailable, retryable: false });
    expect(JSON.stringify([refused, `${(refused as Error).cause}`])).not.toContain('word4711');
    await secrets.put('after', new Uint8Array(1));
  });

  test('keeps text that PostgreSQL does not take as what stands for it, and finds it by either', async () => {
    const { access } = await databases.open();
    await access.createProject({ id: 'a\0b', name: 'x\0\ud800', createdAt: 1 });
    const [byOwn, byKept] = await access.projects(['a\0b', 'a\ufffdb']);
    expect([byOwn, byKept?.name]).toEqual([undefined, 'x\ufffd\ufffd']);
    expect(await access.projectPath('a\0b')).toEqual([]);
  });

  test('two nodes that write the same rows in opposite orders never wait for each other in circles', async () => {
    const url = await databases.migrated();
    const nodes = [await databases.open({ url }), await databases.open({ url })];
    const tenants = Array.from({ length: 120 }, (_, index) => `t${index}`);
    await Promise.all(
      nodes.flatMap(({ ledger }, node) =>
        [1, 2, 3].flatMap(round =>
          (node === 0 ? tenants : tenants.toReversed()).map((tenantId, index) =>
            book(ledger, round * 1_000_000 + node * 1000 + index, start, {
              tenantId,
              projectId: tenantId,
              projectPath: [tenantId],
            }),
          ),
        ),
      ),
    );
    expect((await nodes[0]?.ledger.usage(allUsage))?.total.requests).toBe(720);
    expect(databases.server.log).not.toContain('deadlock detected');
  });

  test('control: two transactions that do wait for each other in circles are told', async () => {
    const url = await databases.migrated();
    await databases.server.ask(url, "insert into secret (name, value) values ('a', ''), ('b', '')");
    const inOrder = (first: string, second: string) =>
      databases.server.ask(
        url,
        `begin; update secret set value = 'x' where name = '${first}'; select pg_sleep(0.1);
        update secret set value = 'y' where name = '${second}'; commit`,
      );
    const outcomes = await Promise.allSettled([inOrder('a', 'b'), inOrder('b', 'a')]);
    expect(outcomes).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: '40P01' }) });
    expect(databases.server.log).toContain('deadlock detected');
  });

  test('a slow report holds up neither lookups nor writes', async () => {
    const url = await databases.migrated();
    const { ledger, access, audit, close } = await openPostgresStores({
      url,
      reportConnections: 1,
      reportTimeoutMs: 1500,
    });
    toClose.push(close);
    const release = await databases.server.hold(url, 'lock table usage_month, audit_entry in access exclusive mode');
    const reports = Promise.allSettled([ledger.usage(allUsage), audit.listEntries(undefined, { first: 1 })]);
    await access.createProject({ id: 'p', name: 'p', createdAt: 1 });
    await ledger.openCompletion(completion);
    expect(await access.projectPath('p')).toEqual(['p']);
    expect(await reports).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
    await release();
    expect((await ledger.usage(allUsage)).total.requests).toBe(0);
  });

  test('gives up a write that others hold up, and works again afterwards', async () => {
    const url = await databases.migrated();
    const { access } = await databases.open({ url, callTimeoutMs: 300 });
    const release = await databases.server.hold(url, 'lock table project in access exclusive mode');
    const writes = ['p', 'q'].map(id => access.createProject({ id, name: id, createdAt: 1 }));
    for (const outcome of await Promise.allSettled([...writes, access.projects(['p'])])) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { ...unavailable, retryable: true } });
    }
    await release();
    await access.createProject({ id: 'p', name: 'p', createdAt: 1 });
    expect(await access.projectPath('p')).toEqual(['p']);
  });

  test('rejects, and never hangs, once it is closed; what was asked before is written', async () => {
    const url = await databases.migrated();
    const stores = await openPostgresStores({ url });
    const { ledger, access, close } = stores;
    expect(stores.isUsable).toBe(true);
    const last = ledger.openCompletion(completion);
    await close();
    await close();
    await last;
    await expect(ledger.openAttempt(attempted(completion, 2))).rejects.toMatchObject(unavailable);
    await expect(access.projects(['p'])).rejects.toMatchObject(unavailable);
    expect((await (await databases.open({ url })).ledger.completions([completion.id]))[0]?.id).toBe(completion.id);
    expect(stores.isUsable).toBe(false);
  });

  test('ends with its process when nothing is waited for, and writes what was asked before', async () => {
    const url = await databases.migrated();
    const module = new URL('../../src/stores/postgres/open-postgres-stores.ts', import.meta.url).href;
    const script = `
      import { openPostgresStores } from ${JSON.stringify(module)};
      const { secrets } = await openPostgresStores({ url: ${JSON.stringify(url)} });
      secrets.put('name', new Uint8Array([7]));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let warnings = '';
    child.stderr.on('data', chunk => {
      warnings += String(chunk);
    });
    const [code] = await once(child, 'close');
    expect([code, warnings]).toEqual([0, '']);
    const { secrets } = await databases.open({ url });
    expect(await secrets.get('name')).toEqual(new Uint8Array([7]));
  });
});
