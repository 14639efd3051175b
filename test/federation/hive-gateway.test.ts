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
    ${kind === 'mutation' ? 'status text workload' : '__typename ... on AiTextDelta { text } ... on AiCompletionFinished { completion { text workload rating endpoint { id } } }'}
  }
}`;
const soonMs = 100;
/** A busy machine may be late once; a gateway that waits for something is late each time. */
const tries = 5;

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

  test('joins entities of Tollgate under the rights of who asks: those of another tenant are null, and no error', async () => {
    const query = '{ viewer { bookedOn { id name } projects { title } } }';
    const projects = [{ title: 'Help desk' }];
    const token = await graph.tokenOf('ada@desk.example');
    expect(await graph.ask(query, { key: token })).toEqual({
      data: { viewer: { bookedOn: { id: 'default', name: 'default' }, projects } },
    });
    const { data: made } = await graph.ask('mutation { aiCreateProject(input: { name: "others" }) { id } }');
    graph.desk.bookedOn = made.aiCreateProject.id;
    const { data } = await graph.ask(query);
    expect(data.viewer.bookedOn.name).toBe('others');
    const theirs = await graph.ask(query, { key: token });
    expect(theirs.data.viewer.bookedOn?.name ?? null).toBeNull();
    expect(JSON.stringify(theirs.errors ?? [])).not.toMatch(/others|NOT_FOUND|FORBIDDEN/);
    graph.desk.bookedOn = 'default';
  });

  test('passes on the token of a person, and nothing that a client says of itself', async () => {
    const key = await graph.tokenOf('ada@desk.example');
    const spoofed = { 'x-tollgate-identity': 'v1.e30.x', 'x-tollgate-workload': 'spoofed', 'x-forwarded-user': 'eve' };
    const { data } = await graph.ask('query Mine { aiViewer { user project { id } roles { role } } }', {
      key,
      headers: spoofed,
    });
    expect(data.aiViewer).toEqual({
      user: 'ada@desk.example',
      project: { id: 'default' },
      roles: [{ role: 'MEMBER' }],
    });
    const asked = { key, headers: spoofed, variables: { text: 'hi' }, operationName: 'Ask' };
    expect((await graph.ask(asking('test/echo', 'mutation'), asked)).data.aiComplete.workload).toBe('Ask');
    expect(graph.proxy.sent).not.toMatch(/spoofed|eve/);
    const usage = await graph.ask('{ tickets { assignee { email aiUsage { requests } } } }', { key });
    const requests = usage.data.tickets.map(
      (ticket: { assignee: { aiUsage: { requests: number } } }) => ticket.assignee.aiUsage.requests,
    );
    expect(requests).toEqual([1, 0]);
    const { errors } = await graph.ask('{ aiViewer { user } }', { key: 'a-key-that-nobody-made' });
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('streams over server-sent events by POST, and joins entities once, with the last event', async () => {
    const before = graph.proxy.accesses.length;
    const asked = graph.desk.requests;
    const response = await graph.post(asking('test/long', 'subscription'), {
      variables: { text: 'Go on' },
      operationName: 'Ask',
      accept: 'text/event-stream',
    });
    const events = [];
    for await (const { data } of readEvents(response)) events.push(data.aiComplete);
    checkStream(events);
    expect(graph.proxy.accesses.slice(before)).toEqual(['POST /graphql HTTP/1.1']);
    // The rating, with the last event.
    expect(graph.desk.requests - asked).toBe(1);
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
    await leavesSoon(() => postAndLeave('test/silent', 'mutation'));
  });

  test('hangs up on the provider when the client leaves a stream, even one that is silent', async () => {
    await leavesSoon(() => postAndLeave('test/slow', 'subscription'));
    await leavesSoon(() => postAndLeave('test/silent', 'subscription'));
  });

  test('hangs up on the provider when the client leaves a stream over WebSocket, or the socket', async () => {
    const query = asking('test/silent', 'subscription');
    const sink = { next() {}, error() {}, complete() {} };
    const client = graph.connect();
    await leavesSoon(() => client.subscribe({ query, variables: { text: 'Wait' } }, sink));
    await leavesSoon(() => {
      const leaving = graph.connect();
      leaving.subscribe({ query, variables: { text: 'Wait' } }, sink);
      return () => leaving.terminate();
    });
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

    await measureLeaving(postAndLeave('test/silent', 'mutation', planted));

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

  /** Asks, and returns what leaves again. */
  function postAndLeave(model: string, kind: 'mutation' | 'subscription', text = 'Wait'): () => void {
    const leaving = new AbortController();
    const accept = kind === 'mutation' ? 'application/json' : 'text/event-stream';
    const answer = graph.post(asking(model, kind), { variables: { text }, accept, signal: leaving.signal });
    answer.catch(() => {});
    return () => leaving.abort();
  }

  async function leavesSoon(begin: () => () => void): Promise<void> {
    const tookMs: number[] = [];
    while (tookMs.length < tries && !tookMs.some(ms => ms < soonMs)) tookMs.push(await measureLeaving(begin()));
    expect(Math.min(...tookMs)).toBeLessThan(soonMs);
  }

  async function measureLeaving(leave: () => void): Promise<number> {
    const before = graph.ended.length;
    await until('the provider was called', () => graph.sandbox.calls.some(({ state }) => state === 'running'));
    const leftMs = performance.now();
    leave();
    await until('the provider was hung up on', () => graph.ended.length > before);
    const [ending] = graph.ended.slice(before);
    expect(ending?.call.state).toBe('hung-up');
    return (ending?.atMs ?? 0) - leftMs;
  }
});

/** The controls: what the example's configuration is there for. */
describe('behind Hive Gateway as it is without that configuration', () => {
  const configuration = `export const gatewayConfig = {
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }) },
  };`;
  let graph: Graph;
  beforeAll(async () => {
    graph = await openGraph('JavaScript', { configuration });
  });
  afterAll(() => graph?.[Symbol.asyncDispose]());

  test('a call of a model goes on when its client has left', async () => {
    const leaving = new AbortController();
    const asked = { variables: { text: 'Wait' }, signal: leaving.signal };
    graph.post(asking('test/silent', 'mutation'), asked).catch(() => {});
    await until('the provider was called', () => graph.sandbox.calls.some(({ state }) => state === 'running'));
    leaving.abort();
    await graph.ask('{ aiViewer { user } }');
    await graph.ask('{ aiViewer { user } }');
    expect(graph.sandbox.calls.some(({ state }) => state === 'running')).toBe(true);
  });

  test('prompts stand in URLs and in its log', async () => {
    const planted = `planted-${randomUUID()}`;
    const asked = { variables: { text: planted }, accept: 'text/event-stream' };
    await (await graph.post(asking('test/echo', 'subscription'), asked)).text();
    expect(graph.proxy.accesses.some(line => line.startsWith('GET ') && line.includes(planted))).toBe(true);
    graph.proxy.cut();
    await graph.ask(asking('test/echo', 'mutation'), { variables: { text: planted } });
    await until('the prompt is logged', () => graph.hive.output.includes(planted));
  });
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
    completion: { text, workload: 'Ask', rating: 5, endpoint: { id: 'test/long@sim' } },
  });
}
