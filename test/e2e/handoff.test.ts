import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type GoldenOptions, sayGolden } from '../support/golden-provider.ts';
import { startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const text = 'Once upon a time there was a gateway that never lied to anybody.';
const other = 'There once was another answer altogether.';

/** A server before two endpoints of `acme/one`, of which the first breaks off; the second goes on from a prefix where it can. */
async function serverBefore(second: Partial<GoldenOptions> = {}, more = '') {
  const first = await startRawProvider(sayGolden({ golden: text, fault: { at: 24, kind: 'reset' } }));
  const next = await startRawProvider(sayGolden({ golden: text, ...second }));
  const providers = [
    ['first', first.url, '1', 'TOOLS, STREAMING'],
    ['second', next.url, '2', second.instead === undefined ? 'TOOLS, STREAMING, PREFIX' : 'TOOLS, STREAMING'],
  ].map(
    ([id, url, price, capabilities]) => `
  - id: ${id}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: key-of-${id}
    models: [{ id: one, as: acme/one, price: { input: "${price}", output: "${price}" }, contextTokens: 8000, capabilities: [${capabilities}] }]
`,
  );
  const server = await startTestServer({ yaml: `providers:${providers.join('')}\n${more}` });
  open.push(first, next, server);
  return { server, first, next };
}

const read = `subscription ($input: CompleteInput!) { complete(input: $input) {
  __typename seq
  ... on CompletionStarted { endpoint { id } }
  ... on TextDelta { text }
  ... on Handoff { from { id } to { id } reason mode keepThroughSeq }
  ... on CompletionFinished { completion { status text endpoint { id } model { id } attempts { outcome } } }
  ... on CompletionIncomplete { error { code } completion { status text partialText } }
} }`;

interface Event {
  readonly __typename: string;
  readonly seq: number;
  readonly text?: string;
  readonly keepThroughSeq?: number;
}

async function subscribe(
  server: TestServer,
  transport: 'SSE' | 'WebSocket',
  changes: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<readonly Event[]> {
  const authorization = `Bearer ${adminKey}`;
  const url = `${server.url}/graphql`;
  const client =
    transport === 'SSE'
      ? createSseClient({ url, headers: { authorization, ...headers }, retryAttempts: 0 })
      : createWsClient({
          url: url.replace('http', 'ws'),
          webSocketImpl: WebSocket,
          connectionParams: { authorization },
          retryAttempts: 0,
        });
  const input = {
    model: 'acme/one',
    messages: [{ role: 'USER', text: 'hi' }],
    maxOutputTokens: 50,
    routing: { order: ['first'] },
    ...changes,
  };
  const events: Event[] = [];
  for await (const { data } of client.iterate({ query: read, variables: { input } })) {
    events.push((data as { readonly complete: Event }).complete);
  }
  await client.dispose();
  return events;
}

/** What a subscriber shows in the end. */
function shown(events: readonly Event[]): string {
  let pieces: readonly Event[] = [];
  for (const event of events) {
    if (event.__typename === 'TextDelta') pieces = [...pieces, event];
    const { keepThroughSeq } = event;
    if (keepThroughSeq !== undefined) pieces = pieces.filter(({ seq }) => seq <= keepThroughSeq);
  }
  return pieces.map(piece => piece.text).join('');
}

describe.each(['SSE', 'WebSocket'] as const)('a subscription over %s', transport => {
  test('is told that another endpoint goes on, and numbers have no gaps', async () => {
    const { server } = await serverBefore();
    const events = await subscribe(server, transport);
    const handoff = events.find(({ __typename }) => __typename === 'Handoff');
    expect(handoff).toMatchObject({
      from: { id: 'acme/one@first' },
      to: { id: 'acme/one@second' },
      reason: 'CUT',
      mode: 'CONTINUE',
      keepThroughSeq: (handoff?.seq ?? 0) - 1,
    });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events.filter(({ __typename }) => __typename === 'CompletionStarted')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({
      completion: {
        status: 'FINISHED',
        text,
        endpoint: { id: 'acme/one@second' },
        model: { id: 'acme/one' },
        attempts: [{ outcome: 'CUT' }, { outcome: 'SUCCEEDED' }],
      },
    });
    expect(shown(events)).toBe(text);
  });

  test('is told which text is void where the other starts over in the open', async () => {
    const { server } = await serverBefore({ instead: other });
    const events = await subscribe(server, transport, { routing: { order: ['first'], handoff: 'RESTART' } });
    expect(events).toContainEqual(expect.objectContaining({ mode: 'RESTART', keepThroughSeq: 0 }));
    expect(shown(events)).toBe(other);
    expect(events.at(-1)).toMatchObject({ completion: { status: 'FINISHED', text: other } });
  });

  test('ends as incomplete where the other says something else, or nobody may take over', async () => {
    const { server, next } = await serverBefore({ instead: other });
    for (const handoff of ['CONTINUE', 'TERMINATE']) {
      const events = await subscribe(server, transport, { routing: { order: ['first'], handoff } });
      expect(events.at(-1)).toMatchObject({
        error: { code: 'STREAM_CUT' },
        completion: { status: 'INCOMPLETE', text: null, partialText: text.slice(0, 24) },
      });
      expect(shown(events)).toBe(text.slice(0, 24));
    }
    expect(next.requests).toHaveLength(1);
  });
});

function client({ url }: TestServer): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: adminKey, maxRetries: 0 });
}

async function stream(server: TestServer, headers: Record<string, string> = {}) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  let error: unknown;
  try {
    const answer = await client(server).chat.completions.create(
      {
        model: 'acme/one',
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
        stream_options: { include_usage: true },
        ...{ provider: { order: ['first'] } },
      },
      { headers },
    );
    for await (const chunk of answer) chunks.push(chunk);
  } catch (thrown) {
    error = thrown;
  }
  return {
    error,
    chunks,
    said: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
    finishes: chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []),
  };
}

describe('an OpenAI client', () => {
  test('sees one whole answer where another endpoint went on', async () => {
    const { server } = await serverBefore();
    const { error, chunks, said, finishes } = await stream(server);
    expect([error, said, finishes]).toEqual([undefined, text, ['stop']]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(['acme/one']));
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
  });

  test.each(['continue', 'restart'])('that asks for %s never gets another answer behind the first', async handoff => {
    const { server } = await serverBefore({ instead: other });
    const { error, said, finishes } = await stream(server, { 'x-tollgate-handoff': handoff });
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect([said, finishes]).toEqual([text.slice(0, 24), []]);
  });

  test('that asks for none gets an error in the stream, no finish reason and no [DONE]', async () => {
    const { server, next } = await serverBefore();
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${adminKey}`,
        'x-tollgate-handoff': 'Terminate',
      },
      body: JSON.stringify({
        model: 'acme/one',
        provider: { order: ['first'] },
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    });
    const body = await response.text();
    expect(body).toContain('"code":"STREAM_CUT"');
    expect(body).not.toMatch(/\[DONE\]|"finish_reason":"/);
    expect(next.requests).toHaveLength(0);
  });

  test('that would rather wait gets a stream only once it is whole', async () => {
    const { server } = await serverBefore({ instead: other });
    const { error, said, finishes, chunks } = await stream(server, { 'x-tollgate-hold': 'complete' });
    expect([error, said, finishes]).toEqual([undefined, other, ['stop']]);
    expect(chunks.filter(({ choices }) => (choices[0]?.delta.content ?? '') !== '')).toHaveLength(1);
  });

  test.each([
    ['x-tollgate-handoff', 'always', 'terminate, continue, restart'],
    ['x-tollgate-hold', 'yes', 'none, complete'],
  ])('is told what %s may say', async (name, value, allowed) => {
    const { server, first } = await serverBefore();
    const { error } = await stream(server, { [name]: value });
    expect(error).toMatchObject({
      status: 400,
      message: expect.stringContaining(`${name}: must be one of ${allowed}`),
    });
    expect(first.requests).toHaveLength(0);
  });
});

describe('the configuration', () => {
  const settings = 'handoff: terminate\nworkloads: { reports: { hold: complete }, chats: { handoff: restart } }\n';

  test('decides where the caller does not, for all and by workload', async () => {
    const { server, next } = await serverBefore({ instead: other }, settings);
    expect((await stream(server)).said).toBe(text.slice(0, 24));
    expect(next.requests).toHaveLength(0);

    const held = await stream(server, { 'x-tollgate-workload': 'reports' });
    expect([held.error, held.said]).toEqual([undefined, other]);

    const restarted = await subscribe(server, 'WebSocket', { workload: 'chats' });
    expect(restarted).toContainEqual(expect.objectContaining({ mode: 'RESTART' }));
    const kept = await subscribe(server, 'SSE', { workload: 'reports' });
    expect(kept.map(({ __typename }) => __typename)).toEqual([
      'CompletionAccepted',
      'CompletionStarted',
      'TextDelta',
      'CompletionFinished',
    ]);
  });

  test('gives way to what the caller asks for', async () => {
    const { server } = await serverBefore({}, settings);
    expect((await stream(server, { 'x-tollgate-handoff': 'continue' })).said).toBe(text);
    const events = await subscribe(server, 'SSE', { routing: { order: ['first'], handoff: 'CONTINUE' } });
    expect(shown(events)).toBe(text);
    const unheld = await subscribe(server, 'SSE', { workload: 'reports' }, { 'x-tollgate-hold': 'none' });
    expect(unheld.at(-1)).toMatchObject({ completion: { status: 'INCOMPLETE' } });
    const held = await subscribe(server, 'SSE', {}, { 'x-tollgate-hold': 'complete' });
    expect(held.filter(({ __typename }) => __typename === 'TextDelta')).toHaveLength(1);
    expect(shown(held)).toBe(text);
  });
});
