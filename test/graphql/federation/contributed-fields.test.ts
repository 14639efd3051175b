import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGovernance } from '../../../src/graphql/context.ts';
import type { FederationOptions } from '../../../src/graphql/federation/tollgate-subgraph.ts';
import type { SandboxCall } from '../../../src/sandbox/record-calls.ts';
import { until } from '../../support/until.ts';
import { administratorKey, type OpenYoga, openYoga } from '../open-yoga.ts';

const ticket = { type: 'Ticket', key: 'id', requires: 'body', prompt: 'Say what they want.' } as const;
const federation: FederationOptions = {
  contribute: [
    { ...ticket, field: 'summary', model: 'test/echo', labels: { team: 'desk' } },
    {
      ...ticket,
      field: 'joined',
      requires: { title: 'String', body: 'String!' },
      model: 'test/echo',
      workload: 'joining',
    },
    { ...ticket, field: 'slow', model: 'test/slow', maxOutputTokens: 5 },
    { ...ticket, field: 'silent', model: 'test/silent' },
    { ...ticket, field: 'broken', model: 'test/500' },
    { ...ticket, field: 'long', model: 'test/long', maxOutputTokens: 7 },
    { type: 'Employee', key: 'email', field: 'aiUsage' },
  ],
  limits: { concurrency: 2, perOperation: 6 },
};

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga({ federation });
});
afterAll(() => open[Symbol.asyncDispose]());

interface Sent {
  readonly id?: string;
  readonly body?: unknown;
  readonly title?: unknown;
  readonly email?: string;
}

function ask(fields: string, sent: readonly Sent[], key = administratorKey, type = 'Ticket') {
  const of = sent.map(representation => ({ __typename: type, ...representation }));
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`;
  return open.ask(query, { of }, key);
}

const bodies = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, body: `Lamp ${index}` }));
const callsOf = (model: string): readonly SandboxCall[] => open.sandbox.calls.filter(call => call.model === model);

describe('a field that a model answers', () => {
  test('shows the model what is required, as the message of a user, and nothing else', async () => {
    const { data } = await ask('id summary joined', [{ id: '1', title: 'Lamp', body: 'It is broken.' }]);
    expect(data._entities).toEqual([
      { id: '1', summary: 'It is broken.', joined: 'title:\nLamp\n\nbody:\nIt is broken.' },
    ]);
  });

  test('is booked under its own workload and labels', async () => {
    await ask('summary joined', [{ id: '1', title: 'Lamp', body: 'Booked.' }]);
    const { data } = await open.ask('{ completions(first: 2) { nodes { workload labels { name value } } } }');
    expect(new Set(data.completions.nodes.map((node: { workload: string }) => node.workload))).toEqual(
      new Set(['Ticket.summary', 'joining']),
    );
    const own = data.completions.nodes.find(({ workload }: { workload: string }) => workload === 'Ticket.summary');
    expect(own.labels).toEqual([
      { name: 'team', value: 'desk' },
      { name: 'field', value: 'Ticket.summary' },
    ]);
  });

  test('is null without a call where the entity lacks what it requires', async () => {
    const before = callsOf('echo').length;
    const { data, errors } = await ask('summary joined', [
      { id: '1' },
      { id: '2', body: null },
      { id: '3', title: null, body: 'x' },
    ]);
    expect(errors).toBeUndefined();
    expect(data._entities).toEqual([
      { summary: null, joined: null },
      { summary: null, joined: null },
      { summary: 'x', joined: null },
    ]);
    expect(callsOf('echo').length - before).toBe(1);
  });

  test('fails alone, with the code and at its own place, and the others are answered', async () => {
    const { data, errors = [] } = await ask('summary broken', [
      { id: '1', body: 'fine' },
      { id: '2', body: { not: 'text' } },
    ]);
    expect(data._entities).toEqual([
      { summary: 'fine', broken: null },
      { summary: null, broken: null },
    ]);
    const faults = errors.map(({ path = [], extensions }) => `${path.join('.')} ${extensions.code}`);
    expect(faults.sort()).toEqual([
      '_entities.0.broken PROVIDER_FAILED',
      '_entities.1.broken BAD_USER_INPUT',
      '_entities.1.summary BAD_USER_INPUT',
    ]);
  });

  test('is asked for once where an operation asks twice for the same', async () => {
    const before = callsOf('echo').length;
    const { data } = await ask('a: summary b: summary', [
      { id: '1', body: 'same' },
      { id: '2', body: 'same' },
    ]);
    expect(data._entities).toEqual([
      { a: 'same', b: 'same' },
      { a: 'same', b: 'same' },
    ]);
    expect(callsOf('echo').length - before).toBe(1);
  });

  test('is bounded in number for each operation', async () => {
    const before = callsOf('echo').length;
    const { data, errors = [] } = await ask('summary', bodies(9));
    expect(data._entities.filter(({ summary }: { summary: string | null }) => summary !== null)).toHaveLength(6);
    expect(errors.map(({ extensions, message }) => [extensions.code, message])).toEqual(
      Array(3).fill(['BAD_USER_INPUT', 'At most 6 completions of one operation are allowed.']),
    );
    expect(callsOf('echo').length - before).toBe(6);
  });

  test('runs a few at a time', async () => {
    const answer = ask('slow', bodies(5));
    let most = 0;
    const running = () => callsOf('slow').filter(({ state }) => state === 'running').length;
    await until('two run', () => running() === 2);
    const watch = setInterval(() => {
      most = Math.max(most, running());
    }, 5);
    const leaving = await Promise.race([
      answer.then(() => 'ended'),
      until('three were begun', () => callsOf('slow').length >= 3, 15_000).then(() => 'begun'),
    ]);
    clearInterval(watch);
    expect(leaving).toBe('begun');
    expect(most).toBe(2);
    await answer;
  });

  test('ends with what is allowed of output', async () => {
    const { data } = await ask('long', [{ id: '1', body: 'x' }]);
    expect(data._entities[0].long.split(' ').length).toBeLessThan(20);
    const { data: unbounded } = await open.ask(
      'mutation { complete(input: { model: "test/long", messages: [{ role: USER, text: "x" }] }) { text } }',
    );
    expect(unbounded.complete.text.length).toBeGreaterThan(10 * data._entities[0].long.length);
  });

  test('ends with its deadline, those that wait included', async () => {
    await using hurried = await openYoga({
      federation: { ...federation, limits: { concurrency: 1, deadlineMs: 1_200 } },
    });
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Ticket { silent } } }';
    const of = bodies(3).map(body => ({ __typename: 'Ticket', ...body }));
    const { data, errors = [] } = await hurried.ask(query, { of });
    expect(data._entities).toEqual([{ silent: null }, { silent: null }, { silent: null }]);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(Array(3).fill('DEADLINE_EXCEEDED'));
    expect(hurried.sandbox.calls).toHaveLength(1);
  });

  test('hangs up on the provider when the caller leaves, and begins no other', async () => {
    const leaving = new AbortController();
    const of = bodies(4).map(body => ({ __typename: 'Ticket', ...body }));
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Ticket { silent } } }';
    const answer = open.post({ query, variables: { of } }, { signal: leaving.signal });
    answer.catch(() => {});
    await until('two run', () => callsOf('silent').length === 2);
    leaving.abort();
    await until('both are hung up on', () => callsOf('silent').every(({ state }) => state === 'hung-up'));
    await new Promise(setImmediate);
    expect(callsOf('silent')).toHaveLength(2);
  });
});

describe('the policies of the caller', () => {
  async function memberUnder(rules: string): Promise<string> {
    const { data: made } = await open.ask('mutation { createProject(input: { name: "ruled" }) { id } }');
    const project = made.createProject.id as string;
    await open.ask(
      `mutation { createPolicy(input: { name: "p", appliesTo: [{ project: "${project}" }], rules: ${rules} }) { policy { id } } }`,
    );
    const { data } = await open.ask(
      `mutation { createApiKey(input: { name: "member", project: "${project}" }) { secret } }`,
    );
    return data.createApiKey.secret;
  }

  test('see what is required as content, whichever field it comes in', async () => {
    const redacted = await memberUnder('{ content: [{ detect: ["EMAIL"], action: REDACT }] }');
    const sent = [{ id: '1', title: 'From ada@desk.example', body: 'Write to bob@desk.example' }];
    const { data } = await ask('summary joined', sent, redacted);
    expect(data._entities).toEqual([
      { summary: 'Write to [EMAIL]', joined: 'title:\nFrom [EMAIL]\n\nbody:\nWrite to [EMAIL]' },
    ]);
    const blocked = await memberUnder('{ content: [{ detect: ["EMAIL"], action: BLOCK }] }');
    const { data: refused, errors = [] } = await ask('summary', [...sent, { id: '2', body: 'no address' }], blocked);
    expect(refused._entities).toEqual([{ summary: null }, { summary: 'no address' }]);
    expect(errors).toMatchObject([{ path: ['_entities', 0, 'summary'], extensions: { code: 'CONTENT_BLOCKED' } }]);
    expect(JSON.stringify(errors)).not.toContain('desk.example');
    // The control: without a policy it is shown as it is.
    expect((await ask('summary', sent)).data._entities).toEqual([{ summary: 'Write to bob@desk.example' }]);
  });

  test('hold for the model and the region too', async () => {
    const key = await memberUnder('{ region: { allow: ["us"] } }');
    const { data, errors } = await ask('summary', [{ id: '1', body: 'x' }], key);
    expect(data._entities).toEqual([{ summary: null }]);
    expect(errors).toMatchObject([{ extensions: { code: 'NO_ELIGIBLE_ENDPOINT' } }]);
  });

  test('can forbid the workload', async () => {
    const { data: made } = await open.ask(
      'mutation { createProject(input: { name: "listed", workloads: ["chat"] }) { id } }',
    );
    const { data } = await open.ask(
      `mutation { createApiKey(input: { name: "member", project: "${made.createProject.id}" }) { secret } }`,
    );
    const { errors } = await ask('summary', [{ id: '1', body: 'x' }], data.createApiKey.secret);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

test('usage of users is read at once, under the rights of who asks', async () => {
  const { gateway } = open;
  let reports = 0;
  await using counted = await openYoga({
    federation,
    gateway: {
      ...gateway,
      usage(by, query) {
        reports += 1;
        return gateway.usage(by, query);
      },
    },
    access: gateway.access,
  });
  const { data: made } = await open.ask('mutation { createProject(input: { name: "spent" }) { id } }');
  const projectId = made.createProject.id as string;
  const principal = await gateway.access.principalOf({ user: 'ada@desk.example', projectId });
  const facts = { principal, requestId: 'r', signal: new AbortController().signal };
  const { complete } = createGovernance({ gateway, access: gateway.access }, facts);
  expect((await complete({ model: 'test/echo', messages: [{ role: 'USER', text: 'hi' }] })).status).toBe('FINISHED');
  const query =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Employee { aiUsage { requests } month: aiUsage(filter: { to: "2020-01-01T00:00:00.000Z" }) { requests } } } }';
  const of = ['ada@desk.example', 'bob@desk.example'].map(email => ({ __typename: 'Employee', email }));
  const none = { requests: 0 };
  expect((await counted.ask(query, { of })).data._entities).toEqual([
    { aiUsage: { requests: 1 }, month: none },
    { aiUsage: none, month: none },
  ]);
  expect(reports).toBe(2);
  const { data: elsewhere } = await open.ask('mutation { createProject(input: { name: "elsewhere" }) { id } }');
  const { data: keyed } = await open.ask(
    `mutation { createApiKey(input: { name: "m", project: "${elsewhere.createProject.id}", role: ADMIN }) { secret } }`,
  );
  const theirs = await counted.ask(query, { of }, keyed.createApiKey.secret);
  expect(theirs.data._entities).toEqual([
    { aiUsage: none, month: none },
    { aiUsage: none, month: none },
  ]);
});
