import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Graph, openGraph } from './open-graph.ts';
import type { Planner } from './open-hive.ts';

// The first run installs the gateway; each start composes and loads it.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

describe.each<Planner>(['JavaScript', 'Rust'])('behind Hive Gateway with its planner in %s', planner => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await openGraph(planner);
  });
  afterAll(() => graph?.[Symbol.asyncDispose]());

  test('answers queries of both subgraphs, whose types have the same names', async () => {
    const query = '{ aiViewer { roles { role } } viewer { projects { title } } aiProject(id: "default") { id name } }';
    expect(await graph.ask(query)).toEqual({
      data: {
        aiViewer: { roles: [{ role: 'ADMIN' }] },
        viewer: { projects: [{ title: 'Help desk' }] },
        aiProject: { id: 'default', name: 'default' },
      },
    });
  });

  test('answers a mutation', async () => {
    const query =
      'mutation { aiComplete(input: { model: "test/echo", messages: [{ role: USER, text: "Say hello" }] }) { status text } }';
    expect(await graph.ask(query)).toEqual({ data: { aiComplete: { status: 'FINISHED', text: 'Say hello' } } });
  });

  test('adds its fields to the entities of another subgraph', async () => {
    expect(await graph.ask('{ tickets { id summary assignee { name aiUsage { requests } } } }')).toEqual({
      data: {
        tickets: [
          { id: 'a', summary: 'The lamp is broken.', assignee: { name: 'ada', aiUsage: { requests: 0 } } },
          { id: 'b', summary: 'Where is my order?', assignee: { name: 'bob', aiUsage: { requests: 0 } } },
        ],
      },
    });
  });
});
