import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenYoga, openYoga } from './open-yoga.ts';

let server: OpenYoga;

beforeAll(async () => {
  server = await openYoga({ now: () => Date.UTC(2026, 10, 22) });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const list = `query ($first: Int!, $after: String, $order: ModelOrder!, $filter: ModelFilter, $allowedOnly: Boolean! = true) {
  models(first: $first, after: $after, orderBy: $order, filter: $filter, allowedOnly: $allowedOnly) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id name } } nodes { id }
  }
}`;
const byName = { field: 'NAME' };

async function idsOf(variables: object): Promise<readonly string[]> {
  const { data, errors } = await server.ask(list, { first: 500, order: byName, ...variables });
  expect(errors).toBeUndefined();
  return data.models.nodes.map((node: { readonly id: string }) => node.id);
}

describe('models', () => {
  test('lists by default what the caller may use now', async () => {
    const ids = await idsOf({});
    expect(ids).toContain('test/echo');
    expect(ids.every(id => id.startsWith('test/'))).toBe(true);
    const all = await idsOf({ allowedOnly: false });
    expect(all.length).toBeGreaterThan(ids.length);
  });

  test.each(['NAME', 'INPUT_PRICE', 'OUTPUT_PRICE', 'CONTEXT', 'RELEASED', 'LATENCY', 'THROUGHPUT'])(
    'pages through all of them by %s, each once, in both directions',
    async field => {
      for (const direction of ['ASC', 'DESC']) {
        const order = { field, direction };
        const whole = await idsOf({ order, allowedOnly: false });
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const { data } = await server.ask(list, { first: 333, after, order, allowedOnly: false });
          seen.push(...data.models.nodes.map((node: { readonly id: string }) => node.id));
          expect(data.models.pageInfo.hasPreviousPage).toBe(after !== null);
          after = data.models.pageInfo.hasNextPage ? data.models.pageInfo.endCursor : null;
        } while (after !== null);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.slice(0, whole.length)).toEqual(whole);
      }
    },
  );

  test('filters: members AND-ed, entries OR-ed, all of them about one endpoint', async () => {
    expect(await idsOf({ filter: { search: 'ECHO' } })).toEqual(['test/echo']);
    expect(await idsOf({ filter: { providers: ['sim', 'other'], regions: ['eu'], vendors: ['acme'] } })).toContain(
      'test/echo',
    );
    expect(await idsOf({ filter: { regions: ['us'] } })).toEqual([]);
    expect(await idsOf({ filter: { zeroDataRetention: true, supports: ['TOOLS'] } })).toContain('test/echo');
    expect(await idsOf({ filter: { maxInputPrice: '0.99' } })).toEqual([]);
    expect(await idsOf({ filter: { maxInputPrice: 1, minContextTokens: 100_000 } })).toContain('test/echo');
    expect(await idsOf({ filter: { minContextTokens: 100_001 } })).toEqual([]);
    expect(await idsOf({ filter: { authors: [] } })).toEqual([]);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: 501 }, 'first'],
    [{ first: 5, after: 'garbage' }, 'after'],
    [{ first: 5, after: Buffer.from('["NAME","ASC",{"nanos":"x"},"a"]').toString('base64url') }, 'after'],
    [{ first: 5, after: Buffer.from('["CONTEXT","ASC",1,"a"]').toString('base64url') }, 'after'],
    [{ first: 5, order: { field: 'QUALITY' } }, 'orderBy.field'],
    [{ first: 5, filter: { authors: Array.from({ length: 101 }, () => 'a') } }, 'filter.authors'],
    [{ first: 5, filter: { search: 'x'.repeat(257) } }, 'filter.search'],
  ])('refuses %j', async (variables, path) => {
    const { errors } = await server.ask(list, { order: byName, ...variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: path });
  });
});

test('a model, its endpoints, their prices, data policy and health', async () => {
  const { data, errors } = await server.ask(`{
    model(id: "test/echo") {
      id author contextTokens deprecated capabilities
      endpoints {
        id region quantization billsAfterAbort model { id } provider { id name vendor protocol modelCount }
        price { input output cacheRead tiers { aboveInputTokens } } dataPolicy { retention training } health { state uptime } exclusions { code }
      }
    }
    none: model(id: "test/nothing") { id }
    providers { id vendor protocol dataPolicy { retention } modelCount }
  }`);
  expect(errors).toBeUndefined();
  expect(data.none).toBeNull();
  expect(data.model).toMatchObject({ id: 'test/echo', author: 'test', contextTokens: 100_000 });
  expect(data.model.endpoints).toHaveLength(1);
  expect(data.model.endpoints[0]).toMatchObject({
    id: 'test/echo@sim',
    region: 'eu-west-1',
    model: { id: 'test/echo' },
    provider: { id: 'sim', vendor: 'acme', protocol: 'openai' },
    price: { input: '1', output: '2', cacheRead: null, tiers: [] },
    dataPolicy: { retention: 'NONE', training: false },
    health: { state: 'UNKNOWN', uptime: null },
    exclusions: [],
  });
  const sim = data.providers.find((provider: { readonly id: string }) => provider.id === 'sim');
  expect(sim).toMatchObject({ vendor: 'acme', dataPolicy: { retention: 'NONE' } });
  expect(sim.modelCount).toBe(data.model.endpoints[0].provider.modelCount);
});

test('an endpoint of a provider that is not configured says so', async () => {
  const { data } = await server.ask(
    '{ models(allowedOnly: false, first: 500) { nodes { endpoints { id provider { id } exclusions { code } } } } }',
  );
  const endpoints: readonly {
    readonly provider: { readonly id: string };
    readonly exclusions: readonly { readonly code: string }[];
  }[] = data.models.nodes.flatMap((node: { readonly endpoints: readonly unknown[] }) => node.endpoints);
  const foreign = endpoints.filter(endpoint => endpoint.provider.id !== 'sim');
  expect(foreign.length).toBeGreaterThan(0);
  expect(foreign.every(endpoint => endpoint.exclusions.some(({ code }) => code === 'CREDENTIALS'))).toBe(true);
});
