import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chunk, streamHead } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { subscribe, textOf } from './callers.ts';

vi.setConfig({ testTimeout: 60_000 });

let provider: RawProvider;
let server: TestServer;
const held: RawExchange[] = [];

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'It begins' }));
    held.push(exchange);
  });
});
afterEach(async () => {
  held.length = 0;
  await server.close();
});
afterAll(() => provider.close());

async function open(maxCompletions: number): Promise<void> {
  server = await startTestServer({
    yaml: `${providersYaml([{ id: 'acme', url: provider.url }])}\noverload: { maxCompletions: ${maxCompletions} }\n`,
  });
}

async function keyOfNewProject(name: string): Promise<string> {
  const project = await server.graphql<{ createProject: { id: string } }>(
    'mutation ($name: String!) { createProject(input: { name: $name }) { id } }',
    { name },
  );
  const { data } = await server.graphql<{ createApiKey: { secret: string } }>(
    'mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }',
    { p: project.data?.createProject.id },
  );
  return data?.createApiKey.secret ?? '';
}

const input = { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], deadline: 'PT5M' };
const document =
  'subscription ($input: CompleteInput!) { complete(input: $input) { __typename completionId seq ... on TextDelta { text } } }';
const begin = (key: string, more: object = {}) =>
  subscribe(server, 'complete', document, { input: { ...input, ...more } }, key);

async function begun(key: string, more: object = {}) {
  const one = begin(key, more);
  await until('it has begun', () => textOf(one.heard) === 'It begins');
  return one;
}

const refusal = (key: string, more: object = {}) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: document, variables: { input: { ...input, detach: true, ...more } } }),
  });

async function expectRefused(key: string, more: object = {}): Promise<void> {
  const response = await refusal(key, more);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  const { errors } = (await response.json()) as { errors: readonly { extensions: object }[] };
  expect(errors[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: 1000 });
}

const overloaded = async () =>
  /^tollgate_overloaded_total (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];

describe('detached completions', () => {
  test('take a fifth of a node for each project, and leave the rest to others', async () => {
    await open(10);
    const [one, other] = [await keyOfNewProject('one'), await keyOfNewProject('other')];
    const first = await begun(one, { detach: true });
    const second = await begun(one, { detach: true });
    first.leave();
    await first.over;
    const calls = provider.requests.length;
    await expectRefused(one);
    await expectRefused(one, { idempotencyKey: 'a-key' });
    expect(provider.requests).toHaveLength(calls);
    expect(await overloaded()).toBe('2');

    // What is read is not bounded so, nor is another project.
    const attended = [await begun(one), await begun(one, { idempotencyKey: 'a-key' })];
    const elsewhere = [await begun(other, { detach: true }), await begun(other, { detach: true })];
    await expectRefused(other);

    // One that is still read may be left at any time: it counts.
    const id = second.heard[0]?.completionId ?? '';
    await server.graphql('mutation ($id: ID!) { cancelCompletion(id: $id) { status } }', { id });
    await second.over;
    const next = await begun(one, { detach: true });
    await expectRefused(one);
    for (const each of [...attended, ...elsewhere, next]) each.leave();
  });

  test('a node that runs fewer than five takes one for each project', async () => {
    await open(2);
    const one = await begun(adminKey, { detach: true });
    await expectRefused(adminKey);
    const control = await begun(adminKey);
    for (const each of [one, control]) each.leave();
  });
});
