import { describe, expect, test } from 'vitest';
import { readBuiltInFacts } from '../../src/catalog/built-in-facts.ts';
import type { CatalogFacts, KnownEndpoint } from '../../src/catalog/catalog-facts.ts';
import type { ConfiguredProvider } from '../../src/catalog/configured-provider.ts';
import { type CatalogOptions, createCatalog } from '../../src/catalog/create-catalog.ts';
import { dataPolicyOn, isDeprecatedOn } from '../../src/model/catalog.ts';

const builtIn = readBuiltInFacts();
const today = '2026-11-22';
const create = (options: Partial<CatalogOptions> = {}) => createCatalog([builtIn], { today, ...options });
const vllm: ConfiguredProvider = {
  id: 'vllm-eu',
  vendor: 'acme',
  protocol: 'openai',
  baseUrl: 'http://127.0.0.1:8000/v1',
  region: 'eu-west-1',
  dataPolicy: { retention: 'NONE', training: false, evidence: 'contract 2026-17', validUntil: '2027-12-31' },
  models: [
    {
      id: 'llama-3.3-70b',
      as: 'meta/llama-3.3-70b-instruct',
      price: { input: '0.59', output: '0.79' },
      contextTokens: 131072,
      capabilities: ['TOOLS', 'STREAMING'],
    },
    { id: 'house-model' },
  ],
};

function facts(...endpoints: KnownEndpoint[]): CatalogFacts {
  return { source: { name: 'test' }, models: [], providers: [], endpoints };
}

describe('configured providers', () => {
  test('a model that appears in the configuration is at once found, priced and routable', () => {
    const catalog = create({ providers: [vllm] });
    expect(catalog.isConfigured('vllm-eu')).toBe(true);
    expect(catalog.configuredEndpoints.map(endpoint => endpoint.id)).toEqual([
      'meta/llama-3.3-70b-instruct@vllm-eu',
      'vllm-eu/house-model@vllm-eu',
    ]);
    expect(catalog.endpoint('meta/llama-3.3-70b-instruct@vllm-eu')).toMatchObject({
      wireModel: 'llama-3.3-70b',
      price: { input: 590_000_000n, output: 790_000_000n, tiers: [] },
      capabilities: ['TOOLS', 'STREAMING'],
      contextTokens: 131072,
    });
    expect(catalog.provider('vllm-eu')).toMatchObject({
      vendor: 'acme',
      region: 'eu-west-1',
      dataPolicy: { retention: 'NONE' },
    });
    expect(catalog.endpointsOf('meta/llama-3.3-70b-instruct').length).toBeGreaterThan(5);
  });

  test('an unknown model has no price, and only what every endpoint can do', () => {
    const endpoint = create({ providers: [vllm] }).endpoint('vllm-eu/house-model@vllm-eu');
    expect(endpoint).toMatchObject({ contextTokens: 8192, capabilities: ['STREAMING'], inputModalities: ['TEXT'] });
    expect(endpoint).not.toHaveProperty('price');
  });

  test('two providers of one vendor serve the same models under their own ids', () => {
    const account = (id: string): ConfiguredProvider => ({
      id,
      vendor: 'openai',
      protocol: 'openai',
      models: 'catalogue',
    });
    const catalog = create({ providers: [account('openai-eu'), account('openai-us')] });
    for (const id of ['openai-eu', 'openai-us']) {
      expect(catalog.endpoint(`openai/gpt-4o@${id}`)).toMatchObject({
        providerId: id,
        price: { input: 2_500_000_000n },
      });
      expect(catalog.resolve(`${id}/gpt-4o`)).toEqual({ modelId: 'openai/gpt-4o' });
    }
  });

  test('a listed model takes the known facts of its vendor, and a stated price replaces all of the known one', () => {
    const provider: ConfiguredProvider = {
      id: 'claude',
      vendor: 'anthropic',
      protocol: 'anthropic',
      models: [{ id: 'claude-sonnet-4-5', price: { input: '2' } }, { id: 'claude-haiku-4-5' }],
    };
    const catalog = create({ providers: [provider] });
    expect(catalog.endpoint('anthropic/claude-sonnet-4-5@claude')?.price).toEqual({ input: 2_000_000_000n, tiers: [] });
    expect(catalog.endpoint('anthropic/claude-haiku-4-5@claude')?.price?.output).toBe(5_000_000_000n);
  });

  test('only a vendor that the catalogue knows means by a bare name what everybody means', () => {
    const provider = (id: string): ConfiguredProvider => ({ id, protocol: 'openai', models: [{ id: 'gpt-4o' }] });
    const catalog = create({ providers: [provider('mine'), provider('openai')] });
    expect(catalog.configuredEndpoints.map(endpoint => endpoint.id)).toEqual([
      'mine/gpt-4o@mine',
      'openai/gpt-4o@openai',
    ]);
  });

  test('a known data policy holds at the vendor’s own address and nowhere else', () => {
    const at = (id: string, baseUrl?: string): ConfiguredProvider => ({
      id,
      vendor: 'openai',
      protocol: 'openai',
      models: 'catalogue',
      ...(baseUrl === undefined ? {} : { baseUrl }),
    });
    const catalog = create({
      providers: [at('own', 'https://api.openai.com/v1/'), at('default'), at('proxy', 'https://proxy.example/v1')],
    });
    expect(catalog.provider('own')?.dataPolicy).toMatchObject({ retention: 'LIMITED', retentionDays: 30 });
    expect(catalog.provider('default')?.billsAfterAbort).toBe(false);
    expect(catalog.provider('proxy')?.dataPolicy).toEqual({ retention: 'UNKNOWN' });
    expect(catalog.provider('proxy')).not.toHaveProperty('billsAfterAbort');
  });

  test.each<[string, Partial<CatalogOptions>]>([
    ['providers.vllm-eu', { providers: [vllm, vllm] }],
    ['providers.No', { providers: [{ ...vllm, id: 'No' }] }],
    ['providers.nobody.models', { providers: [{ ...vllm, id: 'nobody', models: 'catalogue' }] }],
    ['providers.vllm-eu.models.a', { providers: [{ ...vllm, models: [{ id: 'a' }, { id: 'a' }] }] }],
    ['models.a.price.input', { providers: [{ ...vllm, models: [{ id: 'a', price: { input: '-1' } }] }] }],
    ['models.a.price.output', { providers: [{ ...vllm, models: [{ id: 'a', price: { output: '1e3' } }] }] }],
    ['models.a.as', { providers: [{ ...vllm, models: [{ id: 'a', as: 'no author' }] }] }],
    ['models.a.as', { providers: [{ ...vllm, models: [{ id: 'a', as: 'x/y@z' }] }] }],
    ['aliases.fast', { aliases: { fast: 'no/such-model' } }],
    ['aliases.openai/gpt-4o', { aliases: { 'openai/gpt-4o': 'openai/gpt-4o-mini' } }],
    ['aliases.groq/llama-3.3-70b-versatile', { aliases: { 'groq/llama-3.3-70b-versatile': 'openai/gpt-4o' } }],
    ['aliases.auto', { aliases: { auto: 'openai/gpt-4o' } }],
  ])('%s is named where the configuration is wrong', (path, options) => {
    expect(() => create(options)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    expect(() => create(options)).toThrow(path);
  });
});

describe('names', () => {
  test('an alias stands for a model or for one endpoint of it', () => {
    const catalog = create({ aliases: { best: 'anthropic/claude-opus-4-8', fast: 'meta/llama-3.3-70b@groq' } });
    expect(catalog.resolve('best')).toEqual({ modelId: 'anthropic/claude-opus-4-8' });
    expect(catalog.resolve('fast')).toEqual({
      modelId: 'meta/llama-3.3-70b-instruct',
      endpointId: 'meta/llama-3.3-70b-instruct@groq',
    });
  });

  test('a provider’s name for a model keeps its meaning once it is joined to the author’s', () => {
    const name = 'newhost/Qwen3-8B';
    const endpoint = { providerId: 'newhost', wireModel: 'Qwen3-8B', contextTokens: 1 };
    const before = createCatalog([facts({ ...endpoint, modelId: name })], { today });
    const after = createCatalog([facts(endpoint)], { today });
    expect(before.resolve(name)).toEqual({ modelId: name });
    expect(after.resolve(name)).toEqual({ modelId: 'alibaba/qwen3-8b' });
  });

  test.each([
    '',
    '@',
    'x@',
    '@x',
    'gpt-4o',
    'openai/',
    '/gpt-4o',
    '__proto__',
    'constructor',
    'a/b'.repeat(500),
    'auto',
  ])('%j is no name of a model', name => {
    expect(create().resolve(name)).toBeUndefined();
  });

  test('a name outside the table gets its provider in front, once, and no "@"', () => {
    const names = ['plain', 'host/qualified', '@cf/x/y', 'a@b'];
    const catalog = createCatalog(
      [facts(...names.map(wireModel => ({ providerId: 'host', wireModel, contextTokens: 1 })))],
      { today },
    );
    expect(catalog.models.map(model => model.id)).toEqual(['host/a-b', 'host/cf/x/y', 'host/plain', 'host/qualified']);
  });

  test('several endpoints of one model at one provider have ids of their own', () => {
    const at = (wireModel: string) => ({ providerId: 'host', wireModel, contextTokens: 1 });
    const catalog = createCatalog([facts(at('Qwen3-8B'), at('qwen3-8b'), at('qwen3-8b-fp8'), at('qwen3-8b:free'))], {
      today,
    });
    expect(catalog.endpointsOf('alibaba/qwen3-8b').map(endpoint => endpoint.id)).toEqual([
      'alibaba/qwen3-8b@host',
      'alibaba/qwen3-8b@host/qwen3-8b',
      'alibaba/qwen3-8b@host/fp8',
      'alibaba/qwen3-8b@host/free',
    ]);
  });
});

describe('layers', () => {
  const endpoint: KnownEndpoint = {
    providerId: 'openai',
    wireModel: 'gpt-4o',
    capabilities: ['PREFIX'],
    missingCapabilities: ['TOOLS'],
    price: { input: 1n, tiers: [] },
  };

  test('a later layer replaces what it knows and keeps the rest', () => {
    const later = createCatalog([builtIn, facts(endpoint)], { today }).endpoint('openai/gpt-4o@openai');
    expect(later?.price).toEqual({ input: 1n, tiers: [] });
    expect(later?.contextTokens).toBe(128_000);
    expect(later?.capabilities).toContain('PREFIX');
    expect(later?.capabilities).not.toContain('TOOLS');
    expect(create().endpoint('openai/gpt-4o@openai')?.capabilities).toContain('TOOLS');
  });

  test('the price of a contract goes over the built-in one and over one that is imported, as a whole', () => {
    const priced = (price?: { input: string }) => {
      const models = [{ id: 'gpt-4o', ...(price === undefined ? {} : { price }) }];
      const providers = [
        { id: 'openai', vendor: 'openai', protocol: 'openai' as const, baseUrl: 'https://api.openai.com/v1', models },
      ];
      return createCatalog([builtIn, facts(endpoint)], { today, providers }).endpoint('openai/gpt-4o@openai')?.price;
    };
    expect(priced()).toEqual({ input: 1n, tiers: [] });
    expect(priced({ input: '2' })).toEqual({ input: 2_000_000_000n, tiers: [] });
  });

  test('no later layer moves a provider’s address or data policy', () => {
    const hostile: CatalogFacts = {
      ...facts(),
      providers: [{ id: 'openai', name: 'x', protocol: 'gemini', dataPolicy: { retention: 'NONE', training: false } }],
    };
    expect(createCatalog([builtIn, hostile], { today }).provider('openai')).toEqual(create().provider('openai'));
  });

  test('an endpoint is deprecated from its announced day on', () => {
    const layer = facts({ ...endpoint, deprecatedFrom: '2026-12-01' });
    const on = (day: string) => createCatalog([layer], { today: day }).endpoint('openai/gpt-4o@openai')?.deprecated;
    expect([on('2026-11-30'), on('2026-12-01')]).toEqual([false, true]);
  });

  test('an announced day of deprecation comes for a catalogue that was made before it', () => {
    const layer = facts({ ...endpoint, deprecatedFrom: '2026-12-01' });
    const found = createCatalog([layer], { today: '2026-11-30' }).endpoint('openai/gpt-4o@openai');
    expect(['2026-11-30', '2026-12-01', '2027-01-01'].map(day => found && isDeprecatedOn(found, day))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('the built-in facts', () => {
  test('hold at least 400 models and 40 providers, with source and date', () => {
    const catalog = create();
    expect(catalog.models.length).toBeGreaterThanOrEqual(400);
    expect(catalog.providers.length).toBeGreaterThanOrEqual(40);
    expect(catalog.models.filter(model => catalog.endpointsOf(model.id).some(at => at.price)).length).toBeGreaterThan(
      400,
    );
    expect(builtIn.source).toEqual({ name: 'models.dev', revision: 'f3fc6922', date: '2026-07-02', license: 'MIT' });
  });

  test.each<[string, object]>([
    ['openai/gpt-4o@openai', { input: 2_500_000_000n, output: 10_000_000_000n, cacheRead: 1_250_000_000n, tiers: [] }],
    [
      'anthropic/claude-sonnet-4-5@anthropic',
      {
        input: 3_000_000_000n,
        output: 15_000_000_000n,
        cacheRead: 300_000_000n,
        cacheWrite: 3_750_000_000n,
        tiers: [],
      },
    ],
    [
      'google/gemini-2.5-pro@google',
      {
        input: 1_250_000_000n,
        output: 10_000_000_000n,
        cacheRead: 125_000_000n,
        tiers: [{ aboveInputTokens: 200_000, input: 2_500_000_000n, output: 15_000_000_000n, cacheRead: 250_000_000n }],
      },
    ],
    [
      'deepseek/deepseek-chat@deepseek',
      { input: 140_000_000n, output: 280_000_000n, cacheRead: 2_800_000n, tiers: [] },
    ],
    ['openai/gpt-oss-120b@groq', { input: 150_000_000n, output: 600_000_000n, cacheRead: 75_000_000n, tiers: [] }],
    ['openai/gpt-3.5-turbo@openai', { input: 500_000_000n, output: 1_500_000_000n, tiers: [] }],
  ])('%s costs what the source says', (id, price) => {
    expect(create().endpoint(id)?.price).toEqual(price);
  });

  test('know address and credential of the providers that a variable switches on, each with models to call', () => {
    const known = new Map(builtIn.providers.map(provider => [provider.id, provider]));
    const switched = ['openai', 'anthropic', 'google', 'groq', 'mistral', 'deepseek', 'openrouter', 'xai', 'together'];
    for (const id of switched) {
      const { baseUrl, protocol, environment } = known.get(id) ?? {};
      expect(baseUrl, id).toMatch(/^https:\/\/[a-z.]+(\/[a-z0-9/]+)?$/);
      expect(protocol, id).toBeDefined();
      expect(environment?.[0], id).toMatch(/^[A-Z]+_API_KEY$/);
      const catalog = create({ providers: [{ id, protocol: protocol ?? 'openai', models: 'catalogue' }] });
      expect(catalog.configuredEndpoints.length, id).toBeGreaterThan(3);
    }
  });

  test('never say NONE, and give evidence, day and end for every data policy', () => {
    const stated = create().providers.filter(provider => provider.dataPolicy.retention !== 'UNKNOWN');
    expect(stated.map(provider => provider.id)).toEqual(['anthropic', 'google', 'openai']);
    for (const { dataPolicy } of builtIn.providers) {
      if (dataPolicy === undefined) continue;
      expect(dataPolicy.retention).not.toBe('NONE');
      expect(dataPolicy.evidence).toMatch(/^https:\/\//);
      expect(dataPolicy.checkedAt).toMatch(/^2026-/);
      expect(dataPolicyOn(dataPolicy, '2028-01-01')).toEqual({ retention: 'UNKNOWN' });
    }
  });

  test('hold no price of zero but of offers that call themselves free', () => {
    for (const { wireModel, price } of builtIn.endpoints) {
      const amounts = [price?.input, price?.output, price?.cacheRead, price?.cacheWrite, price?.reasoning];
      if (amounts.includes(0n)) expect(wireModel).toMatch(/free$/i);
    }
  });

  test('give every model an author, a context and an endpoint, and every endpoint its model and provider', () => {
    const catalog = create();
    for (const model of catalog.models) {
      expect(model.id.startsWith(`${model.author}/`)).toBe(true);
      expect(model.contextTokens).toBeGreaterThan(0);
      for (const endpoint of catalog.endpointsOf(model.id)) {
        expect(catalog.endpoint(endpoint.id)).toBe(endpoint);
        expect(catalog.provider(endpoint.providerId)).toBeDefined();
      }
    }
  });
});
