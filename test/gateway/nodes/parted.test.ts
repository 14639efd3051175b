import { describe, expect, test } from 'vitest';
import { usePostgres } from '../../stores/support/postgres-databases.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { closeAfterTest, principal } from '../../support/open-gate.ts';
import { type OpenedNode, openNode, regionDraft } from '../../support/open-node.ts';
import { type PartingProxy, startPartingProxy } from '../../support/parting-proxy.ts';
import { postgresBinaries, postgresTitle } from '../../support/postgres-server.ts';
import { until } from '../../support/until.ts';

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();

  async function openBehind(proxy: PartingProxy, url: string, clock: ManualClock): Promise<OpenedNode> {
    return await openNode({ url: url.replace(/:\d+\//, `:${proxy.port}/`), id: 'b', clock });
  }

  async function openPair() {
    const url = await databases.migrated();
    const proxy = await startPartingProxy(databases.server.port);
    closeAfterTest(proxy.close);
    const clock = manualClock(Date.UTC(2026, 10, 22, 10));
    const a = await openNode({ url, id: 'a' });
    const b = await openBehind(proxy, url, clock);
    const source = b.nodes.guard(b.book);
    const regions = () => source.contributionsFor(principal(), 'default').map(({ rules }) => rules.region);
    return { url, proxy, clock, a, b, regions };
  }

  const hasLooked = ({ book, access }: OpenedNode, since: number) =>
    Math.min(book.confirmedMs, access.changes.confirmedMs) > since;

  /** Lets the node look, as the time goes on. */
  async function untilMoving(clock: ManualClock, what: string, isSo: () => boolean) {
    return await until(
      what,
      () => {
        clock.advance(100);
        return isSo();
      },
      20_000,
    );
  }

  test.each(['part', 'cut'] as const)(
    'a node without its database (%s) goes on for 30 s with what it knew, then refuses, and comes back by itself',
    async how => {
      const { proxy, clock, a, b, regions } = await openPair();
      const { policy } = await a.administration.create(a.administrator, regionDraft('eu'));
      await untilMoving(clock, 'b has the policy', () => b.book.version === 1);
      // What runs at this moment is to be the last that succeeds.
      await until('b has told so', async () => (await a.stores.nodes.list())[1]?.policyVersion === 1);
      await b.access.changes.refresh();
      proxy[how]();
      const update = { rules: { region: { allow: ['de'] } } };
      expect(await a.administration.update(a.administrator, policy.id, update, 1)).toMatchObject({
        appliedNodes: ['a'],
        pendingNodes: ['b'],
      });
      clock.advance(28_000);
      expect(b.nodes.notReady).toBeUndefined();
      expect(regions()).toEqual([{ allow: ['eu'] }]);
      clock.advance(4_000);
      expect(regions).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', retryable: true }));
      expect(b.nodes.notReady).toMatch(/since 2026-11-22T10:00:\d\d\.\d{3}Z/);
      await until('it is told once', () => b.faults.length > 0);
      expect(b.faults.length).toBeLessThanOrEqual(3);

      // Running streams are asked anew at this moment: whatever else is unconfirmed, it counts for them.
      const askedAnew: unknown[] = [];
      const source = b.nodes.guard(b.book);
      source.onChange?.(() => {
        askedAnew.push(source.lastKnownFor?.(principal(), 'default').map(({ rules }) => rules.region));
      });
      proxy.join();
      await untilMoving(clock, 'b is ready again', () => b.nodes.notReady === undefined);
      await untilMoving(clock, 'b has what is new', () => b.book.version === 2);
      expect(regions()).toEqual([{ allow: ['de'] }]);
      expect(askedAnew).toEqual([[{ allow: ['de'] }]]);
    },
  );

  test('control: a node with its database is ready, however much time goes by and nothing changes', async () => {
    const { clock, b, regions } = await openPair();
    for (let round = 0; round < 4; round++) {
      clock.advance(29_000);
      const since = clock.monotonicMs();
      await untilMoving(clock, 'b goes on', () => hasLooked(b, since) && b.nodes.notReady === undefined);
    }
    expect(regions()).toEqual([]);
  });

  test('a node that others do not hear of refuses, though it can read what is in force', async () => {
    const { url, clock, b, regions } = await openPair();
    // As a former primary that reads on, or one whose disk is full.
    await databases.server.ask(
      url,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger refuse before insert or update on node execute function refuse();`,
    );
    clock.advance(32_000);
    await untilMoving(clock, 'b has looked', () => hasLooked(b, 32_000));
    expect(regions).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    expect(b.nodes.notReady).toMatch(/^the other nodes have not heard of this one since/);
    await databases.server.ask(url, 'drop trigger refuse on node');
    await untilMoving(clock, 'b is ready again', () => b.nodes.notReady === undefined);
  });

  test('keys that were accepted serve for 30 s without a database; afterwards, and for unknown ones, it is an outage', async () => {
    const { proxy, clock, a, b } = await openPair();
    const project = await a.access.createProject(a.administrator, { name: 'Bank' });
    const make = async () => {
      const key = { name: 'k', projectId: project.id, role: 'MEMBER' } as const;
      return (await a.access.createApiKey(a.administrator, key)).secret;
    };
    const [known, unknown] = [await make(), await make()];
    await b.access.authenticate({ bearer: known });
    await b.access.changes.refresh();
    proxy.part();
    clock.advance(29_000);
    expect(b.access.authenticateCached(known)).toMatchObject({ projectId: project.id });
    await expect(b.access.authenticate({ bearer: unknown })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    clock.advance(2_000);
    expect(b.access.authenticateCached(known)).toBeUndefined();
    await expect(b.access.authenticate({ bearer: known })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    proxy.join();
    await untilMoving(clock, 'it is accepted again', () => b.access.authenticateCached(known) !== undefined);
  });
});
