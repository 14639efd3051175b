import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GraphQLAnswer, type OpenYoga, openYoga, readEvents } from './open-yoga.ts';

let server: OpenYoga;

beforeAll(async () => {
  server = await openYoga();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const guard = { timeout: 5_000 };
const completeMutation = `mutation Ask($input: CompleteInput!) {
  complete(input: $input) {
    id status text partialText finishReason workload error { code message }
    model { id } endpoint { id provider { id vendor } } message { role text parts { __typename index ... on TextPart { text } } toolCalls { name } }
    usage { inputTokens outputTokens cost estimated } attempts { outcome endpoint { id } usage { cost } }
    route { workload candidates { status endpoint { id } exclusions { code policy { id } } } policies { revision } }
    labels { name value } createdAt finishedAt timing { totalMs } redactions { kind } receipt
  }
}`;
const subscription = `subscription Watch($input: CompleteInput!) {
  complete(input: $input) {
    __typename completionId seq
    ... on TextDelta { text }
    ... on CompletionStarted { endpoint { id } }
    ... on CompletionFinished { completion { status text usage { cost } } }
    ... on CompletionIncomplete { error { code } completion { status text partialText } }
    ... on CompletionFailed { error { code } completion { status } }
  }
}`;
const input = (model: string, text: string, more: object = {}) => ({
  input: { model: `test/${model}`, messages: [{ role: 'USER', text }], ...more },
});

async function watch(variables: object, signal?: AbortSignal): Promise<Response> {
  const options = { accept: 'text/event-stream', ...(signal === undefined ? {} : { signal }) };
  return await server.post({ query: subscription, variables }, options);
}

async function collect(response: Response): Promise<readonly GraphQLAnswer[]> {
  const events: GraphQLAnswer[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
}

describe('Mutation.complete', () => {
  test('returns the whole completion, with its route, attempts and exact cost', guard, async () => {
    const labels = [{ name: 'team', value: 'search' }];
    const { data, errors } = await server.ask(completeMutation, input('echo', 'say this', { labels }));
    expect(errors).toBeUndefined();
    expect(data.complete).toMatchObject({
      status: 'FINISHED',
      text: 'say this',
      partialText: null,
      error: null,
      finishReason: 'STOP',
      workload: 'Ask',
      model: { id: 'test/echo' },
      endpoint: { id: 'test/echo@sim', provider: { id: 'sim', vendor: 'acme' } },
      message: { role: 'ASSISTANT', text: 'say this', parts: [{ __typename: 'TextPart', index: 0, text: 'say this' }] },
      labels,
    });
    const { usage, attempts } = data.complete;
    expect(attempts).toEqual([
      { outcome: 'SUCCEEDED', endpoint: { id: 'test/echo@sim' }, usage: { cost: usage.cost } },
    ]);
    const micros = usage.inputTokens * 1 + usage.outputTokens * 2;
    expect(usage.cost).toBe((micros / 1e6).toFixed(6).replace(/0+$/, ''));
  });

  test('a failed provider is data, not a GraphQL error', guard, async () => {
    const { data, errors } = await server.ask(completeMutation, input('500', 'x'));
    expect(errors).toBeUndefined();
    expect(data.complete).toMatchObject({
      status: 'FAILED',
      text: null,
      message: null,
      error: { code: 'PROVIDER_FAILED' },
    });
  });

  test('a cut answer never stands where a whole one does', guard, async () => {
    const [event] = (await collect(await watch(input('cut', 'tell me')))).slice(-1);
    const { __typename, completion, error } = event?.data.complete ?? {};
    expect([__typename, completion.status, error.code]).toEqual(['CompletionIncomplete', 'INCOMPLETE', 'STREAM_CUT']);
    expect(completion.text).toBeNull();
    expect(completion.partialText.length).toBeGreaterThan(0);
  });

  test('nothing kept: a completion that is looked up later has its facts and no text', guard, async () => {
    const { data } = await server.ask(completeMutation, input('echo', 'keep nothing of this'));
    const later = await server.ask(
      'query ($id: ID!) { completion(id: $id) { status text partialText message { text } usage { cost } attempts { endpoint { id } } } }',
      { id: data.complete.id },
    );
    expect(later.data.completion).toEqual({
      status: 'FINISHED',
      text: null,
      partialText: null,
      message: null,
      usage: { cost: data.complete.usage.cost },
      attempts: [{ endpoint: { id: 'test/echo@sim' } }],
    });
  });

  test.each([
    ['input.model', input('nothing-like-this', 'x'), 'NOT_FOUND'],
    ['input.messages.0', input('echo', 'x', { messages: [{ role: 'USER' }] }), 'BAD_USER_INPUT'],
    ['input.idempotencyKey', input('echo', 'x', { idempotencyKey: 'k'.repeat(256) }), 'BAD_USER_INPUT'],
    ['input.routing.optimize', input('echo', 'x', { routing: { optimize: 'QUALITY' } }), 'BAD_USER_INPUT'],
    [
      'input.providerOptions',
      input('echo', 'x', { providerOptions: [{ protocol: 'openai', options: { api_key: 'x' } }] }),
      'BAD_USER_INPUT',
    ],
  ])('a fault of input is a GraphQL error that names %s', guard, async (path, variables, code) => {
    const { data, errors } = await server.ask(completeMutation, variables);
    expect(data?.complete ?? null).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({ code, retryable: false });
    if (code === 'BAD_USER_INPUT') expect(errors?.[0]?.extensions.inputPath).toBe(path);
  });

  test('leaving a mutation hangs up on the provider', guard, async () => {
    const leaving = new AbortController();
    const ended = server.nextCallEnd();
    const answer = server.post(
      { query: completeMutation, variables: input('silent', 'x') },
      { signal: leaving.signal },
    );
    const settled = answer.then(response => response.text()).catch(() => '');
    await callsReach(server, 'silent');
    leaving.abort();
    expect((await ended).state).toBe('hung-up');
    await settled;
  });
});

describe('Subscription.complete', () => {
  test('streams numbered events without gaps, and finishes once', guard, async () => {
    const events = (await collect(await watch(input('chat', 'hello there')))).map(event => event.data.complete);
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index));
    expect(events.slice(0, 2).map(event => event.__typename)).toEqual(['CompletionAccepted', 'CompletionStarted']);
    const text = events.map(event => (event.__typename === 'TextDelta' ? event.text : '')).join('');
    const last = events.at(-1);
    expect(last).toMatchObject({ __typename: 'CompletionFinished', completion: { status: 'FINISHED', text } });
    expect(new Set(events.map(event => event.completionId)).size).toBe(1);
  });

  test('leaving hangs up at once, also while the provider is silent', guard, async () => {
    const ended = server.nextCallEnd();
    const response = await watch(input('stall', 'x'));
    const events = readEvents(response);
    for (let type = ''; type !== 'TextDelta'; )
      type = (await events.next()).value?.data.complete.__typename ?? 'TextDelta';
    await events.return(undefined);
    expect((await ended).state).toBe('hung-up');
  });

  test('there is nothing to attach to where nothing ran, and a number below -1 is none', guard, async () => {
    const attach = async (after: string) => {
      const query = `subscription { completionEvents(id: "x"${after}) { seq } }`;
      return (await server.post({ query }, { accept: 'text/event-stream' })).text();
    };
    expect(await attach('')).toContain('NOT_FOUND');
    expect(await attach(', after: -2')).toContain('BAD_USER_INPUT');
  });
});

describe('other operations on completions', () => {
  test('cancelCompletion stops a running one and says how it ended', guard, async () => {
    const events = readEvents(await watch(input('stall', 'x')));
    const first = await events.next();
    const id = first.value?.data.complete.completionId;
    const { data, errors } = await server.ask('mutation ($id: ID!) { cancelCompletion(id: $id) { id status } }', {
      id,
    });
    expect(errors).toBeUndefined();
    expect(data.cancelCompletion).toEqual({ id, status: 'CANCELLED' });
    await events.return(undefined);
    const unknown = await server.ask('mutation { cancelCompletion(id: "none") { id } }');
    expect(unknown.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await server.ask('{ completion(id: "none") { id } }')).data).toEqual({ completion: null });
  });

  test('route decides without calling anybody, and says why not', guard, async () => {
    const before = server.sandbox.calls.length;
    const query = `query ($input: CompleteInput!) { route(input: $input) { workload candidates { status endpoint { id region } exclusions { code detail enforced } } } }`;
    const { data } = await server.ask(query, input('echo', 'x', { routing: { regions: ['us'] } }));
    expect(data.route.candidates[0]).toMatchObject({
      status: 'EXCLUDED',
      endpoint: { id: 'test/echo@sim', region: 'eu-west-1' },
      exclusions: [{ code: 'REGION', enforced: true }],
    });
    expect(server.sandbox.calls.length).toBe(before);
  });
});

async function callsReach({ sandbox }: OpenYoga, model: string): Promise<void> {
  await expect.poll(() => sandbox.calls.some(call => call.model === model && call.state === 'running')).toBe(true);
}
