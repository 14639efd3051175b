import { beforeEach, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/model/principal.ts';
import type { UsageQuery } from '../../src/stores/ledger-store.ts';
import { start } from '../support/called-provider.ts';
import { embedded, endOf, type OpenedGate, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, streamHead } from '../support/openai-bytes.ts';

const everything: UsageQuery = { filter: {}, groupBy: ['PROJECT'], groupByLabels: [], orderBy: 'COST', first: 10 };

const team = principal({ tenantId: 'bank', projectId: 'team', projectPath: ['team', 'bank'] });
const sibling = principal({ tenantId: 'bank', projectId: 'sibling', projectPath: ['sibling', 'bank'] });
const auditor = principal({ projectId: 'bank', roles: [{ role: 'AUDITOR', projectId: 'bank' }] });
const rivalAdmin = principal({ projectId: 'rival', roles: [{ role: 'ADMIN', projectId: 'rival' }] });
const installationAdmin = principal({ projectId: 'rival', roles: [{ role: 'ADMIN' }] });

async function createProjects({ stores }: OpenedGate): Promise<void> {
  const projects = [
    { id: 'bank' },
    { id: 'rival' },
    { id: 'team', parentId: 'bank' },
    { id: 'sibling', parentId: 'bank' },
  ];
  for (const project of projects) await stores.access.createProject({ ...project, name: project.id, createdAt: 0 });
}

describe('what is booked is seen', () => {
  let opened: OpenedGate;
  let ids: readonly string[];

  beforeEach(async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    await createProjects(opened);
    const runs = [team, sibling, rivalAdmin].map(caller => opened.gate.run(caller, request(), embedded));
    await Promise.all(runs.map(endOf));
    ids = runs.map(({ id }) => id);
  });

  /** What this principal can see of the completions of the team, its sibling and the rival. */
  async function seenBy(who: Principal) {
    const { gate } = opened;
    const byId = await gate.completions(who, ids);
    const listed = await gate.listCompletions(who, {}, { first: 10 });
    const report = await gate.usage(who, everything);
    const asked = await gate.usage(who, { ...everything, filter: { projectIds: ['team', 'sibling', 'rival'] } });
    return {
      byId: byId.map(completion => completion?.projectId),
      listed: listed.entries.map(({ node }) => node.projectId).sort(),
      requests: report.total.requests,
      cost: report.total.cost,
      grouped: report.groups.flatMap(({ keys }) => keys.map(({ value }) => value)).sort(),
      asked: asked.total.requests,
    };
  }

  test('by a member: its own project', async () => {
    expect(await seenBy(team)).toEqual({
      byId: ['team', undefined, undefined],
      listed: ['team'],
      requests: 1,
      cost: 15_000n,
      grouped: ['team'],
      asked: 1,
    });
  });

  test('by an auditor of the parent: everything below it', async () => {
    expect(await seenBy(auditor)).toEqual({
      byId: ['team', 'sibling', undefined],
      listed: ['sibling', 'team'],
      requests: 2,
      cost: 30_000n,
      grouped: ['sibling', 'team'],
      asked: 2,
    });
  });

  test('by an administrator of another tenant: nothing but its own, as if the rest were not there', async () => {
    expect(await seenBy(rivalAdmin)).toEqual({
      byId: [undefined, undefined, 'rival'],
      listed: ['rival'],
      requests: 1,
      cost: 15_000n,
      grouped: ['rival'],
      asked: 1,
    });
  });

  test('control: by an administrator of the installation: all', async () => {
    expect(await seenBy(installationAdmin)).toMatchObject({
      byId: ['team', 'sibling', 'rival'],
      listed: ['rival', 'sibling', 'team'],
      requests: 3,
      asked: 3,
    });
  });
});

describe('a running completion', () => {
  async function running() {
    const provider = await start(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'secret' }));
    });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    await createProjects(opened);
    const run = opened.gate.run(team, request(), embedded);
    const events = run.events[Symbol.asyncIterator]();
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.some(({ type }) => type === 'text')) break;
    }
    return { gate: opened.gate, run };
  }

  test('is undefined for another tenant, which can not cancel it either', async () => {
    const { gate, run } = await running();
    expect(await gate.completions(rivalAdmin, [run.id])).toEqual([undefined]);
    await expect(gate.cancel(rivalAdmin, run.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(gate.activeRuns).toBe(1);
  });

  test('control: its own project sees it, without its content, and can cancel it', async () => {
    const { gate, run } = await running();
    const [seen] = await gate.completions(team, [run.id]);
    expect(seen).toMatchObject({ status: 'RUNNING', endpointId: 'acme/one@acme' });
    expect(seen).not.toHaveProperty('answer');
    const cancelled = await gate.cancel(team, run.id);
    expect(cancelled).toMatchObject({ status: 'CANCELLED' });
    expect(cancelled).not.toHaveProperty('answer');
    expect(gate.activeRuns).toBe(0);
  });
});
