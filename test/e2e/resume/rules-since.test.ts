import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerWith, chunk, streamHead } from '../../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { chat, subscribe, textOf } from './callers.ts';

vi.setConfig({ testTimeout: 60_000 });

const address = 'mary@example.com';
const text = `Write to ${address} today`;
let provider: RawProvider;
let server: TestServer;

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    if (exchange.request.body.includes('CUT')) {
      // The address comes in two pieces, so that none of them holds it.
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Write to mary@exa' }));
      await exchange.write(chunk({ content: 'mple.com now' }));
      exchange.end();
    } else await answerWith(exchange, text);
  });
});
afterEach(() => server.close());
afterAll(() => provider.close());

async function createPolicy(
  rules: Record<string, unknown>,
  mode = 'ENFORCE',
  appliesTo: readonly object[] = [],
): Promise<void> {
  const { errors } = await server.graphql(
    'mutation ($input: PolicyInput!) { createPolicy(input: $input) { policy { id } } }',
    { input: { name: 'R', rules, mode, appliesTo } },
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

async function open(): Promise<void> {
  server = await startTestServer({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
  await createPolicy({ retention: { gatewayContent: 'P1D' } });
}

const outputRule = (action: string) => ({ content: [{ detect: ['EMAIL'], action, directions: ['OUTPUT'] }] });

async function complete() {
  const { data, errors } = await server.graphql<{
    readonly complete: {
      readonly id: string;
      readonly status: string;
      readonly text: string | null;
      readonly error: { readonly code: string; readonly message: string } | null;
      readonly usage: { readonly cost: string };
    };
  }>(
    `mutation { complete(input: { model: "acme/one", messages: [{ role: USER, text: "Hi" }], idempotencyKey: "one" }) {
      id status text error { code message } usage { cost } } }`,
  );
  if (data === undefined) throw new Error(JSON.stringify(errors));
  return data.complete;
}

const events = '__typename completionId seq ... on TextDelta { text }';
const begin = (prompt = 'Hi', key?: string) =>
  subscribe(
    server,
    'complete',
    `subscription ($input: CompleteInput!) { complete(input: $input) { ${events} } }`,
    { input: { model: 'acme/one', messages: [{ role: 'USER', text: prompt }], routing: { handoff: 'TERMINATE' } } },
    key,
  );
const attach = (id: string, after = -1) =>
  subscribe(
    server,
    'completionEvents',
    `subscription ($id: ID!, $after: Int!) { completionEvents(id: $id, after: $after) { ${events} } }`,
    { id, after },
  );

describe('kept text under a content rule that came into force since', () => {
  test.each(['BLOCK', 'REDACT'])('is not replayed where the rule would %s it', async action => {
    await open();
    const first = await complete();
    expect(first).toMatchObject({ status: 'FINISHED', text });
    await createPolicy(outputRule(action));
    const calls = provider.requests.length;
    const second = await complete();
    expect(second).toMatchObject({ id: first.id, status: 'FINISHED', text: null, usage: first.usage });
    expect(second.error?.code).toBe('CONFLICT');
    expect(JSON.stringify(second)).not.toContain(address);
    expect(provider.requests).toHaveLength(calls);
  });

  test('is not replayed as a stream either', async () => {
    await open();
    expect(await (await chat(server, {}, 'one')).text()).toContain(address);
    await createPolicy(outputRule('REDACT'));
    for (const stream of [true, false]) {
      const response = await chat(server, { stream }, 'one');
      expect(response.status).toBe(409);
      const told = await response.text();
      expect(told).toContain('"earlier"');
      expect(told).not.toContain('Write to');
    }
  });

  test.each(['BLOCK', 'REDACT'])('is not read again by its id where the rule would %s it', async action => {
    await open();
    const first = begin();
    await first.over;
    const id = first.heard[0]?.completionId ?? '';
    await createPolicy(outputRule(action));
    for (const after of [-1, 1, 2]) {
      const again = attach(id, after);
      await again.over;
      expect([again.heard, again.errors]).toEqual([[], ['FORBIDDEN']]);
    }
  });

  test('is not read again where it is the text of an answer that was cut, in any part of it', async () => {
    await open();
    const first = begin('CUT');
    await first.over;
    expect(textOf(first.heard)).toContain(address);
    const id = first.heard[0]?.completionId ?? '';
    await createPolicy(outputRule('REDACT'));
    const last = first.heard.at(-1)?.seq ?? 0;
    for (let after = -1; after < last; after += 1) {
      const again = attach(id, after);
      await again.over;
      expect([again.heard, again.errors]).toEqual([[], ['FORBIDDEN']]);
    }
  });

  test('is shown to an administrator no more than to its caller, whose rule it is', async () => {
    await open();
    const project = await server.graphql<{ createProject: { id: string } }>(
      'mutation { createProject(input: { name: "P" }) { id } }',
    );
    const projectId = project.data?.createProject.id;
    const made = await server.graphql<{ createApiKey: { secret: string } }>(
      'mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }',
      { p: projectId },
    );
    const first = begin('Hi', made.data?.createApiKey.secret);
    await first.over;
    const id = first.heard[0]?.completionId ?? '';
    const before = attach(id);
    await before.over;
    expect(textOf(before.heard)).toBe(text);
    await createPolicy(outputRule('REDACT'), 'ENFORCE', [{ project: projectId }]);
    const after = attach(id);
    await after.over;
    expect([after.heard, after.errors]).toEqual([[], ['FORBIDDEN']]);
  });

  test('control: is delivered where the rule would leave it as it is', async () => {
    await open();
    const first = await complete();
    const subscription = begin();
    await subscription.over;
    await createPolicy(outputRule('FLAG'));
    await createPolicy(outputRule('REDACT'), 'MONITOR');
    await createPolicy({ content: [{ detect: ['PAYMENT_CARD'], action: 'BLOCK', directions: ['OUTPUT'] }] });
    expect(await complete()).toMatchObject({ id: first.id, text, error: null });
    const again = attach(subscription.heard[0]?.completionId ?? '');
    await again.over;
    expect(again.heard).toEqual(subscription.heard);
    await until('it was read whole', () => textOf(again.heard) === text);
  });
});
