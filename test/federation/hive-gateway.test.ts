import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readEvents } from '../graphql/open-yoga.ts';
import { until } from '../support/until.ts';
import { type Graph, openGraph } from './open-graph.ts';
import type { Planner } from './open-hive.ts';

// The first run installs the gateway; each start composes and loads it.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

const asking = (model: string, kind: 'mutation' | 'subscription') => `${kind} Ask($text: String!) {
  aiComplete(input: { model: "${model}", messages: [{ role: USER, text: $text }] }) {
    ${kind === 'mutation' ? 'status text workload' : '__typename ... on AiTextDelta { text } ... on AiCompletionFinished { completion { text workload endpoint { id } } }'}
  }
}`;
/** A limit of a busy machine; alone it takes a few milliseconds. */
const soonMs = 100;

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

  test('answers a mutation, booked under the name that the client gave it', async () => {
    const asked = { variables: { text: 'Say hello' }, operationName: 'Ask' };
    expect(await graph.ask(asking('test/echo', 'mutation'), asked)).toEqual({
      data: { aiComplete: { status: 'FINISHED', text: 'Say hello', workload: 'Ask' } },
    });
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

  test('streams over server-sent events by POST, and asks for no entity meanwhile', async () => {
    const before = graph.proxy.accesses.length;
    const response = await graph.post(asking('test/long', 'subscription'), {
      variables: { text: 'Go on' },
      operationName: 'Ask',
      accept: 'text/event-stream',
    });
    const events = [];
    for await (const { data } of readEvents(response)) events.push(data.aiComplete);
    checkStream(events);
    expect(graph.proxy.accesses.slice(before)).toEqual(['POST /graphql HTTP/1.1']);
  });

  test('streams over WebSocket', async () => {
    const client = graph.connect();
    const events = [];
    const query = asking('test/long', 'subscription');
    for await (const { data } of client.iterate({ query, variables: { text: 'Go on' }, operationName: 'Ask' })) {
      events.push((data as { readonly aiComplete: StreamedEvent }).aiComplete);
    }
    await client.dispose();
    checkStream(events);
  });

  test('hangs up on the provider when the client leaves a mutation', async () => {
    const leaving = new AbortController();
    const asked = { variables: { text: 'Wait' }, signal: leaving.signal };
    const answer = graph.post(asking('test/silent', 'mutation'), asked);
    answer.catch(() => {});
    await measureLeaving(() => leaving.abort());
    await expect(answer).rejects.toThrow(/abort/);
  });

  test('hangs up on the provider when the client leaves a stream, even one that is silent', async () => {
    for (const model of ['test/silent', 'test/slow']) {
      const leaving = new AbortController();
      const response = graph.post(asking(model, 'subscription'), {
        variables: { text: 'Wait' },
        accept: 'text/event-stream',
        signal: leaving.signal,
      });
      response.catch(() => {});
      await measureLeaving(() => leaving.abort());
    }
  });

  test('hangs up on the provider when the client leaves a stream over WebSocket, or the socket', async () => {
    const query = asking('test/silent', 'subscription');
    const sink = { next() {}, error() {}, complete() {} };
    const client = graph.connect();
    await measureLeaving(client.subscribe({ query, variables: { text: 'Wait' } }, sink));
    client.subscribe({ query, variables: { text: 'Wait' } }, sink);
    await measureLeaving(() => client.terminate());
    await client.dispose();
  });

  test('takes a prompt of 20 KB each way', async () => {
    const variables = { text: 'word '.repeat(4_096) };
    const { data } = await graph.ask(asking('test/echo', 'mutation'), { variables });
    expect(data.aiComplete.text).toBe(variables.text.trimEnd());
    const accept = 'text/event-stream';
    const response = await graph.post(asking('test/echo', 'subscription'), { variables, accept });
    const events: StreamedEvent[] = [];
    for await (const event of readEvents(response)) events.push(event.data.aiComplete);
    expect(events.at(-1)?.completion?.text).toBe(variables.text.trimEnd());
  });

  /** The last one: it cuts the router off. */
  test('leaves no prompt in a URL or a line that either of them logs, whatever goes wrong', async () => {
    const planted = `planted-${randomUUID()}`;
    const variables = { text: planted };
    const accept = 'text/event-stream';
    const askBoth = async (model: string) => {
      await (await graph.post(asking(model, 'mutation'), { variables })).text();
      await (await graph.post(asking(model, 'subscription'), { variables, accept })).text();
    };
    for (const model of ['test/echo', 'test/500', 'test/none']) await askBoth(model);
    await graph.ask(asking('test/echo', 'mutation').replace('text: $text', `text: "${planted}", no: 1`));
    await graph.ask(asking('test/echo', 'mutation'), { variables: { text: [planted] } });

    const leaving = new AbortController();
    const left = graph.post(asking('test/silent', 'mutation'), { variables, signal: leaving.signal });
    left.catch(() => {});
    await measureLeaving(() => leaving.abort());

    const cut = await graph.post(asking('test/slow', 'subscription'), { variables, accept });
    const logged = graph.hive.output.length;
    graph.proxy.echo();
    await askBoth('test/echo');
    graph.proxy.cut();
    await cut.text().catch(() => '');
    await askBoth('test/echo');
    await until('the faults are logged', () => graph.hive.output.slice(logged).includes('a subgraph did not answer'));

    // The control: it did come through.
    expect(graph.proxy.sent).toContain(planted);
    expect(graph.proxy.accesses.filter(line => !line.startsWith('POST /graphql '))).toEqual([]);
    expect(graph.hive.output).not.toContain(planted);
    expect(graph.log.join('')).not.toContain(planted);
    const url = `${graph.hive.url}?query=${encodeURIComponent(`{ aiModel(id: "${planted}") { id } }`)}`;
    expect((await fetch(url)).status).toBe(405);
  });

  async function measureLeaving(leave: () => void): Promise<void> {
    const before = graph.ended.length;
    await until('the provider was called', () => graph.sandbox.calls.some(({ state }) => state === 'running'));
    const leftMs = performance.now();
    leave();
    await until('the provider was hung up on', () => graph.ended.length > before);
    const [ending] = graph.ended.slice(before);
    expect(ending?.call.state).toBe('hung-up');
    expect((ending?.atMs ?? 0) - leftMs).toBeLessThan(soonMs);
  }
});

interface StreamedEvent {
  readonly __typename: string;
  readonly text?: string;
  readonly completion?: { readonly text: string; readonly workload: string; readonly endpoint: unknown };
}

function checkStream(events: readonly StreamedEvent[]): void {
  expect(events[0]?.__typename).toBe('AiCompletionAccepted');
  const deltas = events.filter(({ __typename }) => __typename === 'AiTextDelta');
  expect(deltas.length).toBeGreaterThan(1);
  const text = deltas.map(delta => delta.text).join('');
  expect(events.at(-1)).toEqual({
    __typename: 'AiCompletionFinished',
    completion: { text, workload: 'Ask', endpoint: { id: 'test/long@sim' } },
  });
}
