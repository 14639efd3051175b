import { createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chunk, done, streamHead, usageChunk } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

vi.setConfig({ testTimeout: 60_000 });

let provider: RawProvider;
let server: TestServer;
const held: RawExchange[] = [];
const hungUp: Promise<number>[] = [];

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once ' }));
    hungUp.push(exchange.hungUp);
    held.push(exchange);
  });
});
afterEach(async () => {
  held.length = 0;
  hungUp.length = 0;
  await server.close();
});
afterAll(() => provider.close());

async function open(retention?: Record<string, unknown>): Promise<void> {
  server = await startTestServer({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
  if (retention === undefined) return;
  await server.graphql(
    'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "R", rules: $rules }) { policy { id } } }',
    { rules: { retention } },
  );
}

interface Event {
  readonly __typename: string;
  readonly completionId: string;
  readonly seq: number;
  readonly text?: string;
  readonly error?: { readonly code: string };
}
const events = `__typename completionId seq ... on TextDelta { text } ... on CompletionIncomplete { error { code } }
  ... on CompletionFinished { completion { text } }`;

/** Reads a subscription by server-sent events, until it ends or the test leaves. */
function subscribe(field: 'complete' | 'completionEvents', query: string, variables: object, key = adminKey) {
  const client = createClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const heard: Event[] = [];
  const errors: string[] = [];
  let leave = () => {};
  const over = new Promise<void>(resolve => {
    leave = client.subscribe<Record<string, Event>>(
      { query, variables: { ...variables } },
      {
        next({ data, errors: faults = [] }) {
          const event = data?.[field];
          if (event != null) heard.push(event);
          for (const { extensions } of faults) errors.push(String(extensions?.code));
        },
        error: () => resolve(),
        complete: () => resolve(),
      },
    );
  });
  return { heard, errors, over, leave: () => leave() };
}

const begin = (more: object = {}) =>
  subscribe('complete', `subscription ($input: CompleteInput!) { complete(input: $input) { ${events} } }`, {
    input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], ...more },
  });
const attach = (id: string, after?: number, key?: string) =>
  subscribe(
    'completionEvents',
    `subscription ($id: ID!, $after: Int) { completionEvents(id: $id, after: $after) { ${events} } }`,
    { id, after: after ?? -1 },
    key,
  );

const textOf = (heard: readonly Event[]) => heard.map(({ text = '' }) => text).join('');
const numbersOf = (heard: readonly Event[]) => heard.map(({ seq }) => seq);

async function say(text: string): Promise<void> {
  await held[0]?.write(chunk({ content: text }));
}
async function finish(text: string): Promise<void> {
  await held[0]?.write(chunk({ content: text }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
  held[0]?.end();
}
const statusOf = async (id: string) =>
  (
    await server.graphql<{ completion: { status: string } | null }>(
      'query ($id: ID!) { completion(id: $id) { status } }',
      { id },
    )
  ).data?.completion?.status;

async function began(more: object = {}) {
  const first = begin(more);
  await until('text was heard', () => textOf(first.heard) === 'Once ');
  return { first, id: first.heard[0]?.completionId ?? '' };
}

describe('a detached completion', () => {
  test('goes on when its reader leaves, and is read again from any number, while it runs and after its end', async () => {
    await open({ gatewayContent: 'P1D' });
    const { first, id } = await began({ detach: true });
    first.leave();
    await first.over;
    await say('upon ');
    const again = attach(id);
    const later = attach(id, 1);
    await until(
      'both have caught up',
      () => textOf(again.heard) === 'Once upon ' && textOf(later.heard) === 'Once upon ',
    );
    await finish('a time');
    await Promise.all([again.over, later.over]);
    expect(again.heard).toMatchObject([
      { __typename: 'CompletionAccepted', seq: 0 },
      { __typename: 'CompletionStarted', seq: 1 },
      { text: 'Once ', seq: 2 },
      { text: 'upon ', seq: 3 },
      { text: 'a time', seq: 4 },
      { __typename: 'CompletionFinished', seq: 5, completion: { text: 'Once upon a time' } },
    ]);
    expect(later.heard).toEqual(again.heard.slice(2));
    const ended = attach(id);
    await ended.over;
    expect(ended.heard).toEqual(again.heard);
    const rest = attach(id, 3);
    await rest.over;
    expect(numbersOf(rest.heard)).toEqual([4, 5]);
    const nothing = attach(id, 5);
    await nothing.over;
    expect([nothing.heard, nothing.errors]).toEqual([[], []]);
    for (const beyond of [6, 1_000]) {
      const never = attach(id, beyond);
      await never.over;
      expect([never.heard, never.errors]).toEqual([[], ['BAD_USER_INPUT']]);
    }
  });

  test('goes on without a rule that keeps text too: its status can be asked for, its text read by nobody', async () => {
    await open();
    const { first, id } = await began({ detach: true });
    first.leave();
    await first.over;
    const refused = attach(id);
    await refused.over;
    expect(refused.errors).toEqual(['FORBIDDEN']);
    expect(await statusOf(id)).toBe('RUNNING');
    await finish('a time');
    await until('it has finished', async () => (await statusOf(id)) === 'FINISHED');
    // The ledger has its end a moment before the node has let go of it.
    await until('there is nothing to read', async () => {
      const gone = attach(id);
      await gone.over;
      return gone.errors[0] === 'NOT_FOUND';
    });
  });

  test('ends at its deadline', async () => {
    await open();
    const { first, id } = await began({ detach: true, deadline: 'PT1S' });
    first.leave();
    await hungUp[0];
    await until('it has ended', async () => (await statusOf(id)) === 'INCOMPLETE');
  });

  test('is refused where it is asked for by a mutation', async () => {
    await open();
    const { errors } = await server.graphql(
      'mutation { complete(input: { messages: [{ role: USER, text: "Hi" }], detach: true }) { status } }',
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: 'input.detach' });
  });

  test('can be cancelled', async () => {
    await open({ gatewayContent: 'P1D' });
    const { first, id } = await began({ detach: true });
    first.leave();
    await first.over;
    const { data } = await server.graphql('mutation ($id: ID!) { cancelCompletion(id: $id) { status } }', { id });
    expect(data).toEqual({ cancelCompletion: { status: 'CANCELLED' } });
    await hungUp[0];
    const again = attach(id);
    await again.over;
    expect(again.heard.at(-1)).toMatchObject({ __typename: 'CompletionIncomplete', error: { code: 'CANCELLED' } });
  });
});

describe('a completion that is not detached', () => {
  test('control: is cancelled when its reader leaves, and its end can be read', async () => {
    await open({ gatewayContent: 'P1D' });
    const { first, id } = await began();
    const second = attach(id);
    await until('the second one has caught up', () => textOf(second.heard) === 'Once ');
    first.leave();
    await hungUp[0];
    await second.over;
    expect(numbersOf(second.heard)).toEqual([0, 1, 2, 3]);
    expect(second.heard.at(-1)).toMatchObject({ __typename: 'CompletionIncomplete', error: { code: 'CANCELLED' } });
  });
});

describe('who may attach', () => {
  test('is the caller, or an administrator, whose reading is written to the audit log; nobody else', async () => {
    await open({ gatewayContent: 'P1D' });
    const project = await server.graphql<{ createProject: { id: string } }>(
      'mutation { createProject(input: { name: "P" }) { id } }',
    );
    const makeKey = async () => {
      const { data } = await server.graphql<{ createApiKey: { secret: string } }>(
        'mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }',
        { p: project.data?.createProject.id },
      );
      return data?.createApiKey.secret ?? '';
    };
    const [owner, colleague] = [await makeKey(), await makeKey()];
    const first = subscribe(
      'complete',
      `subscription ($input: CompleteInput!) { complete(input: $input) { ${events} } }`,
      {
        input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], detach: true },
      },
      owner,
    );
    await until('text was heard', () => textOf(first.heard) === 'Once ');
    const id = first.heard[0]?.completionId ?? '';
    const other = attach(id, -1, colleague);
    await other.over;
    expect([other.heard, other.errors]).toEqual([[], ['FORBIDDEN']]);
    const stranger = await server.graphql<{ createApiKey: { secret: string } }>(
      'mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }',
      {
        p: (
          await server.graphql<{ createProject: { id: string } }>(
            'mutation { createProject(input: { name: "Q" }) { id } }',
          )
        ).data?.createProject.id,
      },
    );
    const outside = attach(id, -1, stranger.data?.createApiKey.secret);
    await outside.over;
    expect([outside.heard, outside.errors]).toEqual([[], ['NOT_FOUND']]);
    const own = attach(id, -1, owner);
    const administrator = attach(id);
    await until('both have caught up', () => [own, administrator].every(({ heard }) => textOf(heard) === 'Once '));
    await finish('upon');
    await Promise.all([own.over, administrator.over, first.over]);
    const { data } = await server.graphql<{ auditLog: { nodes: readonly { action: string; target: string }[] } }>(
      '{ auditLog(first: 50) { nodes { action target } } }',
    );
    expect(data?.auditLog.nodes.filter(({ target }) => target === id)).toEqual([
      { action: 'content.read', target: id },
    ]);
  });
});
