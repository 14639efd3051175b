import { describe, expect, test } from 'vitest';
import type { ChangeHints } from '../../../src/gateway/change-hints.ts';
import type { Clock } from '../../../src/model/clock.ts';
import { usePostgres } from '../../stores/support/postgres-databases.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { principal } from '../../support/open-gate.ts';
import { type OpenedNode, openNode, regionDraft } from '../../support/open-node.ts';
import { startPartingProxy } from '../../support/parting-proxy.ts';
import { postgresBinaries, postgresTitle } from '../../support/postgres-server.ts';
import { until } from '../../support/until.ts';

/** Whoever writes a policy waits for the other nodes no longer. */
const mostWaitMs = 2000;

/** Moves a clock, a little every 10 ms, until it is answered. */
async function answered<T>(answer: Promise<T>, clock: ManualClock, stepMs: number): Promise<T> {
  let isAnswered = false;
  const tell = () => {
    isAnswered = true;
  };
  answer.then(tell, tell);
  await until(
    'it is answered',
    () => {
      clock.advance(stepMs);
      return isAnswered;
    },
    30_000,
  );
  return await answer;
}

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const regionsOn = ({ book }: OpenedNode) =>
    book.contributionsFor(principal(), 'default').map(({ rules }) => rules.region);

  /** Carries hints in this process; what it holds back can be let out in any order. */
  function hintWire() {
    const listeners: ((text: string) => void)[] = [];
    const told: string[] = [];
    return {
      told,
      deliver(text: string) {
        for (const listen of listeners) listen(text);
      },
      hints: {
        async tell(text) {
          told.push(text);
        },
        async listen(listener) {
          listeners.push(listener);
        },
      } satisfies ChangeHints,
    };
  }

  test('a policy that is written on one node is in force on the others when its author is answered', async () => {
    const url = await databases.migrated();
    const [a, b, c] = (await Promise.all(['a', 'b', 'c'].map(id => openNode({ url, id })))) as [
      OpenedNode,
      OpenedNode,
      OpenedNode,
    ];
    const told: string[] = [];
    c.book.onChange(changed => told.push(...changed.map(({ name, revision }) => `${name} ${revision}`)));
    const created = await a.administration.create(a.administrator, regionDraft('eu'));
    expect(created).toMatchObject({ appliedNodes: ['a', 'b', 'c'], pendingNodes: [] });
    expect([a, b, c].map(regionsOn)).toEqual(Array(3).fill([{ allow: ['eu'] }]));
    const patch = { rules: { region: { allow: ['de'] } } };
    const updated = await b.administration.update(b.administrator, created.policy.id, patch, 1);
    expect(updated.appliedNodes).toEqual(['a', 'b', 'c']);
    expect(regionsOn(a)).toEqual([{ allow: ['de'] }]);
    expect(told).toEqual(['Regions 1', 'Regions 2']);
    await c.administration.delete(c.administrator, created.policy.id, 2);
    expect(regionsOn(a)).toEqual([]);
  });

  test('control: a node that does not follow the others goes on with what it knew', async () => {
    const url = await databases.migrated();
    const a = await openNode({ url, id: 'a' });
    const b = await openNode({ url, id: 'b' });
    await b.nodes.close();
    expect(await a.administration.create(a.administrator, regionDraft('eu'))).toMatchObject({
      appliedNodes: ['a'],
      pendingNodes: [],
    });
    expect(regionsOn(b)).toEqual([]);
  });

  test('a node that cannot be reached is pending until it has the policy in force', async () => {
    const url = await databases.migrated();
    const proxy = await startPartingProxy(databases.server.port);
    const clock = manualClock();
    let isWaiting = false;
    const after: Clock['after'] = (delayMs, action) => {
      isWaiting ||= delayMs === mostWaitMs;
      return clock.after(delayMs, action);
    };
    const a = await openNode({ url, id: 'a', clock: { ...clock, after } });
    const b = await openNode({ url: url.replace(/:\d+\//, `:${proxy.port}/`), id: 'b' });
    proxy.part();
    const creating = a.administration.create(a.administrator, regionDraft('eu'));
    await until('it waits for b', () => isWaiting);
    clock.advance(mostWaitMs);
    const created = await creating;
    expect(created).toMatchObject({ appliedNodes: ['a'], pendingNodes: ['b'] });
    expect(regionsOn(b)).toEqual([]);
    proxy.join();
    await until('b has it in force', () => regionsOn(b).length > 0, 15_000);
    const restoring = a.administration.restore(a.administrator, created.policy.id, 1, 1);
    expect(await answered(restoring, clock, 2)).toMatchObject({ appliedNodes: ['a', 'b'], pendingNodes: [] });
    await b.close();
    await proxy.close();
  }, 60_000);

  test('a node that started since the last look counts as well', async () => {
    const url = await databases.migrated();
    const clock = manualClock();
    const a = await openNode({ url, id: 'a', clock });
    await openNode({ url, id: 'b' });
    expect(a.nodes.live).toHaveLength(1);
    const creating = a.administration.create(a.administrator, regionDraft('eu'));
    const { appliedNodes, pendingNodes } = await answered(creating, clock, 10);
    expect([...appliedNodes, ...pendingNodes].sort()).toEqual(['a', 'b']);
  });

  test('of two administrators who change one revision on two nodes, one is told that it was changed', async () => {
    const url = await databases.migrated();
    const [a, b] = (await Promise.all(['a', 'b'].map(id => openNode({ url, id })))) as [OpenedNode, OpenedNode];
    const { policy } = await a.administration.create(a.administrator, regionDraft('eu'));
    const outcomes = await Promise.allSettled(
      [a, b].map(({ administration, administrator }, index) =>
        administration.update(administrator, policy.id, { rules: { region: { allow: [`r${index}`] } } }, 1),
      ),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } });
    expect(regionsOn(a)).toEqual(regionsOn(b));
  });

  test('what is written on one node can be changed at once on another one that has not looked yet', async () => {
    const url = await databases.migrated();
    const a = await openNode({ url, id: 'a' });
    const b = await openNode({ url, id: 'b' });
    const { policy } = await a.administration.create(a.administrator, regionDraft('eu'));
    await b.nodes.close();
    const { policy: second } = await a.administration.update(a.administrator, policy.id, { name: 'Two' }, 1);
    expect(await b.administration.policies(b.administrator, [policy.id])).toEqual([second]);
    const third = await b.administration.update(b.administrator, policy.id, { name: 'Three' }, 2);
    expect(third.policy.revision).toBe(3);
  });

  test('hints that are doubled, late, out of order or nonsense change nothing but when a node looks', async () => {
    const url = await databases.migrated();
    const wire = hintWire();
    const a = await openNode({ url, id: 'a', hints: wire.hints });
    const b = await openNode({ url, id: 'b', hints: wire.hints });
    const versions: number[] = [];
    b.book.onChange(() => versions.push(b.book.version));
    for (const regions of [['eu'], ['de'], ['us']])
      await a.administration.create(a.administrator, regionDraft(...regions));
    expect(wire.told).toEqual(['policies 1', 'policies 2', 'policies 3']);
    for (const text of [
      'policies 3',
      'policies 1',
      'policies 2',
      'policies 2',
      'policies 999999999999999',
      'policies -1',
      'x'.repeat(1000),
      '',
      'access 7',
    ]) {
      wire.deliver(text);
    }
    await a.administration.create(a.administrator, regionDraft('fr'));
    expect(b.book.version).toBe(4);
    expect(versions).toEqual([...versions].sort());
    expect(new Set(versions).size).toBe(versions.length);
    expect(regionsOn(b)).toHaveLength(4);
  });

  test('a second process under the name of a living one is refused, and named', async () => {
    const url = await databases.migrated();
    const a = await openNode({ url, id: 'a' });
    a.nodes.announce('http://10.0.0.1:4000');
    await until('it is told', async () => (await a.stores.nodes.list()).some(({ address }) => address !== undefined));
    await expect(openNode({ url, id: 'a' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message:
        'another process at http://10.0.0.1:4000 runs as the node a: give each node a TOLLGATE_NODE_ID of its own',
    });
    expect(a.nodes.notReady).toBeUndefined();
    await a.close();
    const again = await openNode({ url, id: 'a' });
    expect(again.nodes.live).toHaveLength(1);
  });

  test('a process that died without a word is followed under its name, and pending as long as it may have lived', async () => {
    const url = await databases.migrated();
    const dead = await openNode({ url, id: 'a' });
    await dead.die();
    await databases.server.ask(url, 'update node set seen_at = seen_at - 10500');
    const a = await openNode({ url, id: 'a' });
    expect(a.nodes.live).toHaveLength(2);
    expect(await a.administration.create(a.administrator, regionDraft('eu'))).toMatchObject({
      appliedNodes: [],
      pendingNodes: ['a'],
    });
    await databases.server.ask(url, 'update node set seen_at = seen_at - 25000 where policy_version = 0');
    expect(await a.administration.create(a.administrator, regionDraft('de'))).toMatchObject({
      appliedNodes: ['a'],
      pendingNodes: [],
    });
  });

  test('a database whose clock was set back takes nobody for living who is not, and nobody for dead for long', async () => {
    const url = await databases.migrated();
    const [a, b, dead] = await Promise.all([
      openNode({ url, id: 'a' }),
      openNode({ url, id: 'b' }),
      openNode({ url, id: 'c' }),
    ]);
    await dead.die();
    await databases.server.ask(url, 'update node set seen_at = seen_at + 3600000');
    await until('those who live are seen', () => a.nodes.live.length === 2 && b.nodes.live.length === 2);
    const next = await openNode({ url, id: 'c' });
    expect(next.nodes.notReady).toBeUndefined();
    expect(await a.administration.create(a.administrator, regionDraft('eu'))).toMatchObject({
      appliedNodes: ['a', 'b', 'c'],
      pendingNodes: [],
    });
  });

  test('of two processes of one name that both live, the earlier one refuses until the other has gone', async () => {
    const url = await databases.migrated();
    const proxy = await startPartingProxy(databases.server.port);
    const first = await openNode({ url: url.replace(/:\d+\//, `:${proxy.port}/`), id: 'a' });
    const source = first.nodes.guard(first.book);
    proxy.part();
    await databases.server.ask(url, 'update node set seen_at = seen_at - 10500');
    const second = await openNode({ url, id: 'a' });
    proxy.join();
    await until('the first one knows', () => first.nodes.notReady !== undefined);
    expect(first.nodes.notReady).toBe('another process runs as the node a');
    expect(() => source.contributionsFor(principal(), 'default')).toThrow('cannot confirm');
    expect(second.nodes.notReady).toBeUndefined();
    await second.close();
    await until('the first one goes on', () => first.nodes.notReady === undefined);
    expect(source.contributionsFor(principal(), 'default')).toEqual([]);
    await first.close();
    await proxy.close();
  });
});
