import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

const providers = ['dublin', 'virginia', 'nowhere'] as const;
const raw = new Map<string, RawProvider>();
let server: TestServer;

beforeAll(async () => {
  for (const id of providers) raw.set(id, await startRawProvider(exchange => answerWith(exchange, id)));
  const urlOf = (id: string) => `${raw.get(id)?.url}/v1`;
  server = await startTestServer({
    yaml: `
sandbox: true
providers:
  - id: dublin
    protocol: openai
    baseUrl: ${urlOf('dublin')}
    region: eu-west-1
    dataPolicy: { retention: NONE, training: false, evidence: a contract }
    models:
      - { id: one, as: acme/one, price: { input: "9", output: "9", cacheRead: "1" }, contextTokens: 8000, capabilities: [TOOLS, STREAMING] }
  - id: virginia
    protocol: openai
    baseUrl: ${urlOf('virginia')}
    region: us-east-1
    dataPolicy: { retention: LIMITED, retentionDays: 30, training: false, evidence: a page }
    models:
      - { id: one, as: acme/one, price: { input: "2", output: "2", cacheRead: "1" }, contextTokens: 8000, capabilities: [TOOLS, STREAMING] }
      - { id: two, as: acme/two, price: { input: "8", output: "8" }, contextTokens: 8000, capabilities: [STREAMING] }
  - id: nowhere
    protocol: openai
    baseUrl: ${urlOf('nowhere')}
    models:
      - { id: one, as: acme/one, price: { input: "1", output: "1" }, contextTokens: 8000, capabilities: [STREAMING] }
aliases: { usual: acme/one, mine: acme/one@dublin }
`,
  });
});

afterAll(async () => {
  await server.close();
  for (const provider of raw.values()) await provider.close();
});

interface Routed {
  readonly status: string;
  readonly text: string | null;
  readonly endpoint: { readonly id: string } | null;
  readonly error: {
    readonly code: string;
    readonly excludedBy: readonly { readonly code: string; readonly decisive: boolean }[];
  } | null;
}

async function ask(input: Record<string, unknown>): Promise<Routed> {
  const { data, errors } = await server.graphql<{ readonly complete: Routed }>(
    'mutation ($input: CompleteInput!) { complete(input: $input) { status text endpoint { id } error { code excludedBy { code decisive } } } }',
    { input: { model: 'acme/one', maxOutputTokens: 20, messages: [{ role: 'USER', text: 'hi' }], ...input } },
  );
  if (data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data.complete;
}

const cheapest = { optimize: 'COST' };

describe('routing', () => {
  test.each([
    ['the cheapest', cheapest, 'nowhere'],
    ['inside the regions asked for', { ...cheapest, regions: ['eu'] }, 'dublin'],
    ['where nothing is kept', { ...cheapest, zeroDataRetention: true }, 'dublin'],
    ['where nobody trains', { ...cheapest, denyTraining: true }, 'virginia'],
    ['in the order given', { ...cheapest, order: ['virginia'] }, 'virginia'],
    ['only where allowed', { ...cheapest, only: ['dublin'] }, 'dublin'],
    ['never where ignored', { ...cheapest, ignore: ['nowhere'] }, 'virginia'],
  ])('goes to %s', async (_, routing, provider) => {
    expect(await ask({ routing })).toMatchObject({ status: 'FINISHED', endpoint: { id: `acme/one@${provider}` } });
  });

  test('says which reason alone stands between the caller and an endpoint', async () => {
    const before = [...raw.values()].map(provider => provider.requests.length);
    expect(await ask({ routing: { regions: ['eu'], only: ['virginia'] } })).toMatchObject({
      status: 'REFUSED',
      text: null,
      endpoint: null,
      error: { code: 'NO_ELIGIBLE_ENDPOINT', excludedBy: expect.arrayContaining([{ code: 'REGION', decisive: true }]) },
    });
    expect([...raw.values()].map(provider => provider.requests.length)).toEqual(before);
  });

  test('aliases stand for models and endpoints', async () => {
    expect((await ask({ model: 'mine' })).endpoint?.id).toBe('acme/one@dublin');
    expect((await ask({ model: 'usual', routing: cheapest })).endpoint?.id).toBe('acme/one@nowhere');
  });

  test('a model is found, and its usage told, by an alias too', async () => {
    await ask({ model: 'usual', routing: cheapest });
    const { data } = await server.graphql(
      '{ model(id: "usual") { id } usage(filter: { models: ["usual"] }) { total { requests } } all: usage(filter: { models: ["acme/one"] }) { total { requests } } }',
    );
    expect(data).toMatchObject({ model: { id: 'acme/one' } });
    expect(data?.usage).toEqual(data?.all);
  });

  test('auto takes the cheapest that has every feature used, and never the sandbox beside a real provider', async () => {
    expect((await ask({ model: 'auto' })).endpoint?.id).toBe('acme/one@nowhere');
    const tools = [{ name: 'look', parameters: { type: 'object' } }];
    expect((await ask({ model: 'auto', tools })).endpoint?.id).toBe('acme/one@virginia');
  });

  test('a fallback model is used only where no endpoint of the model can answer', async () => {
    const routing = { optimize: 'COST', only: ['virginia'] };
    expect((await ask({ fallbackModels: ['acme/two'], routing })).endpoint?.id).toBe('acme/one@virginia');
    const tools = [{ name: 'look', parameters: { type: 'object' } }];
    const reversed = await ask({ model: 'acme/two', fallbackModels: ['acme/one'], tools, routing });
    expect(reversed.endpoint?.id).toBe('acme/one@virginia');
  });

  test('a session stays where its cache is warm, and only where staying is cheaper', async () => {
    const first = await ask({ sessionId: 'warm', routing: { optimize: 'COST', only: ['dublin'] } });
    expect(first.endpoint?.id).toBe('acme/one@dublin');
    expect((await ask({ sessionId: 'warm', routing: cheapest })).endpoint?.id).toBe('acme/one@dublin');
    await ask({ sessionId: 'cold', routing: { optimize: 'COST', only: ['nowhere'] } });
    expect((await ask({ sessionId: 'cold', routing: { optimize: 'COST', only: ['virginia'] } })).endpoint?.id).toBe(
      'acme/one@virginia',
    );
  });

  test('route decides what complete then does', async () => {
    for (const routing of [cheapest, { optimize: 'COST', regions: ['us'] }]) {
      const { data } = await server.graphql<{ route: { candidates: { endpoint: { id: string }; status: string }[] } }>(
        'query ($input: CompleteInput!) { route(input: $input) { candidates { endpoint { id } status } } }',
        { input: { model: 'acme/one', messages: [{ role: 'USER', text: 'hi' }], routing } },
      );
      const selected = data?.route.candidates.find(({ status }) => status === 'SELECTED');
      expect((await ask({ routing })).endpoint?.id).toBe(selected?.endpoint.id);
    }
  });

  test('the OpenAI API takes OpenRouter’s members', async () => {
    const post = async (members: Record<string, unknown>) => {
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
        body: JSON.stringify({ model: 'acme/one', messages: [{ role: 'user', content: 'hi' }], ...members }),
      });
      const body = (await response.json()) as {
        choices?: { message: { content: string } }[];
        error?: { code: string };
      };
      return body.choices?.[0]?.message.content ?? `${response.status} ${body.error?.code}`;
    };
    expect(await post({ provider: { sort: 'price' } })).toBe('nowhere');
    expect(await post({ provider: { sort: 'price', zdr: true } })).toBe('dublin');
    expect(await post({ provider: { order: ['virginia'], allow_fallbacks: false } })).toBe('virginia');
    expect(await post({ provider: { sort: 'price', max_price: { prompt: 3 }, ignore: ['nowhere'] } })).toBe('virginia');
    expect(await post({ provider: { only: ['nobody'] } })).toMatch(/^404 /);
  });
});
