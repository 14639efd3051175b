import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBuiltInFacts } from '../../src/catalog/built-in-facts.ts';
import { compareFacts } from '../../src/catalog/compare-facts.ts';
import { createCatalog } from '../../src/catalog/create-catalog.ts';
import { readImportedFacts, writeImportedFacts } from '../../src/catalog/imported-files.ts';
import { importCatalog } from '../../src/catalog/importers/import-catalog.ts';

const corpus = join(process.env.TOLLGATE_CORPUS ?? resolve('../shared/data'), 'catalog');
const isCorpusThere = existsSync(corpus);
const read = (file: string) => readFileSync(join(corpus, file), 'utf8');

function modelsDev(models: Record<string, unknown>, provider: Record<string, unknown> = {}): string {
  return JSON.stringify({ acme: { id: 'acme', name: 'Acme', npm: '@ai-sdk/openai-compatible', ...provider, models } });
}
const chat = { limit: { context: 1000, output: 100 }, modalities: { input: ['text'], output: ['text'] } };

describe('models.dev', () => {
  test('reads prices per million with their tiers, and the source’s misspelt keys', () => {
    const cost =
      '{"input":0.6,"output":3.6,"cached_input":0.35,"cached_write":0.7,"reasoning":4,"tiers":[{"input":1.2,"output":7.2,"tier":{"size":200000}}]}';
    const text = modelsDev({ m: { ...chat, cost: 'COST' } }).replace('"COST"', cost);
    expect(importCatalog(text).facts.endpoints[0]?.price).toEqual({
      input: 600_000_000n,
      output: 3_600_000_000n,
      cacheRead: 350_000_000n,
      cacheWrite: 700_000_000n,
      reasoning: 4_000_000_000n,
      tiers: [{ aboveInputTokens: 200_000, input: 1_200_000_000n, output: 7_200_000_000n }],
    });
  });

  test('takes a missing cost, and a cost of zero under a name that is not free, for unknown', () => {
    const cost = { input: 0, output: 0 };
    const { endpoints } = importCatalog(
      modelsDev({ a: chat, b: { ...chat, cost }, 'c:free': { ...chat, cost } }),
    ).facts;
    expect(endpoints.map(endpoint => endpoint.price)).toEqual([
      undefined,
      undefined,
      { input: 0n, output: 0n, tiers: [] },
    ]);
  });

  test('leaves out what is no chat model, has no context, or is served by another API', () => {
    const { facts, leftOut } = importCatalog(
      modelsDev({
        'text-embedding-3': chat,
        'prompt-guard-2': chat,
        painter: { ...chat, modalities: { input: ['text'], output: ['image'] } },
        blank: { ...chat, limit: { context: 0 } },
        other: { ...chat, provider: { npm: '@ai-sdk/anthropic' } },
        answers: { ...chat, provider: { shape: 'responses' } },
        'bad\u0000name': chat,
        'acme/auto': chat,
        gone: 7,
        kept: chat,
      }),
    );
    expect(facts.endpoints.map(endpoint => endpoint.wireModel)).toEqual(['kept']);
    expect(Object.fromEntries(leftOut)).toEqual({
      'not a chat model': 2,
      'answers with no text': 1,
      'context unknown': 1,
      'a router, not a model': 1,
      'served by another API than its provider': 2,
      'name not allowed': 1,
      'not an entry': 1,
    });
  });

  test('gives no address, credential name or data policy to a provider', () => {
    const hostile = {
      api: 'https://thief.example/v1',
      env: ['OPENAI_API_KEY'],
      baseUrl: 'x',
      dataPolicy: { retention: 'NONE' },
    };
    const { providers } = importCatalog(modelsDev({ m: chat }, hostile)).facts;
    expect(providers).toEqual([{ id: 'acme', name: 'Acme', protocol: 'openai' }]);
  });
});

describe('LiteLLM', () => {
  const spec = { sample_spec: { litellm_provider: 'one of …', max_tokens: 'LEGACY parameter', mode: 'one of: chat' } };
  const entry = { litellm_provider: 'groq', mode: 'chat', max_input_tokens: 8192, max_output_tokens: 1024 };

  test('reads dollars per token with long-context tiers, long caches and assistant prefill', () => {
    const text = JSON.stringify({
      ...spec,
      last_updated: '2026-07-24T18:23:43+00:00',
      'groq/m': { ...entry, supports_assistant_prefill: true, supports_function_calling: false, cost: 1 },
    }).replace(
      '"cost":1',
      '"input_cost_per_token":3e-06,"output_cost_per_token":1.5e-05,"input_cost_per_token_above_200k_tokens":6e-06,' +
        '"cache_creation_input_token_cost_above_1hr":6e-06,"output_cost_per_token_batches":1e-9',
    );
    const { facts, leftOut } = importCatalog(text);
    expect(facts.source.date).toBe('2026-07-24');
    expect(leftOut.get('not an entry')).toBe(2);
    expect(facts.endpoints).toMatchObject([
      {
        providerId: 'groq',
        wireModel: 'm',
        contextTokens: 8192,
        capabilities: ['PREFIX', 'STREAMING'],
        missingCapabilities: ['TOOLS'],
        price: {
          input: 3_000_000_000n,
          output: 15_000_000_000n,
          cacheWriteLong: 6_000_000_000n,
          tiers: [{ aboveInputTokens: 200_000, input: 6_000_000_000n }],
        },
      },
    ]);
  });

  test('leaves out prose, regional prices, fine-tuned models and the Responses API', () => {
    const { facts, leftOut } = importCatalog(
      JSON.stringify({
        ...spec,
        'groq/prose': { ...entry, max_input_tokens: 'max input tokens, if the provider specifies it' },
        'bedrock/eu-west-1/anthropic.claude-v1': { ...entry, litellm_provider: 'bedrock' },
        'azure/eu/gpt-5': { ...entry, litellm_provider: 'azure' },
        'ft:gpt-4o': { ...entry, litellm_provider: 'openai' },
        'o3-pro': { ...entry, litellm_provider: 'openai', mode: 'responses' },
        'whisper-1': { ...entry, litellm_provider: 'openai', mode: 'audio_transcription' },
      }),
    );
    expect(facts.endpoints).toEqual([]);
    expect(leftOut.get('context unknown')).toBe(1);
    expect(leftOut.get('priced per region')).toBe(2);
    expect(leftOut.get('a customer’s own fine-tuned model')).toBe(1);
    expect(leftOut.get('served by another API than its provider')).toBe(1);
    expect(leftOut.get('not a chat model')).toBe(1);
  });
});

describe('OpenRouter', () => {
  const model = {
    id: 'acme/m',
    context_length: 4096,
    architecture: { input_modalities: ['text', 'file'], output_modalities: ['text'] },
    supported_parameters: ['tools', 'temperature', 'stop'],
  };
  const list = (...data: object[]) => JSON.stringify({ data });

  test('reads dollars per token from strings, and "0" as not charged apart', () => {
    const pricing = { prompt: '0.000003', completion: '0.000015', request: '0', internal_reasoning: '0' };
    const [endpoint] = importCatalog(list({ ...model, pricing })).facts.endpoints;
    expect(endpoint?.price).toEqual({ input: 3_000_000_000n, output: 15_000_000_000n, tiers: [] });
    expect(endpoint?.unsupportedParameters).toEqual(['topP', 'topK', 'seed', 'frequencyPenalty', 'presencePenalty']);
    expect(endpoint?.missingCapabilities).toEqual(['JSON_SCHEMA', 'REASONING']);
    expect(endpoint?.inputModalities).toEqual(['TEXT', 'FILE']);
  });

  test('leaves out routers, which are priced "-1"', () => {
    const routed = { ...model, id: 'openrouter/auto', pricing: { prompt: '-1', completion: '-1' } };
    const { facts, leftOut } = importCatalog(list(routed));
    expect(facts.endpoints).toEqual([]);
    expect(leftOut.get('a router, not a model')).toBe(1);
  });
});

describe('hostile files', () => {
  test.each([
    ['', 'readable JSON'],
    ['{"a":', 'readable JSON'],
    ['[]', 'expected'],
    ['7', 'expected'],
    ['{}', 'expected'],
    ['{"data":[]}', 'expected'],
    ['{"acme":{"name":"x"}}', 'expected'],
  ])('%j is refused with what was expected', (text, words) => {
    expect(() => importCatalog(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    expect(() => importCatalog(text)).toThrow(words);
  });

  test('a document nested deeper than the stack is refused, not a crash', () => {
    const text = `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    expect(() => importCatalog(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  test('a file above 100 MB is refused unread', () => {
    expect(() => importCatalog(' '.repeat(100 * 1024 * 1024 + 1))).toThrow('larger than 100 MB');
  });

  test('names of the object prototype are names like any other, or none', () => {
    const text = `{"__proto__":{"models":{"__proto__":${JSON.stringify(chat)},"constructor":${JSON.stringify(chat)}}},
      "acme":{"models":{"m":{"__proto__":{"limit":{"context":9}}}}}}`;
    const { facts } = importCatalog(text);
    expect(facts.endpoints.map(endpoint => endpoint.wireModel)).toEqual(['constructor']);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).models).toBeUndefined();
  });

  test('numbers out of bounds are unknown', () => {
    const cost = { input: -1, output: 'COST' };
    const text = modelsDev({ m: { ...chat, limit: { context: 5, output: 'COST' }, cost } }).replaceAll(
      '"COST"',
      '1e300',
    );
    const [endpoint] = importCatalog(text).facts.endpoints;
    expect(endpoint?.price).toBeUndefined();
    expect(endpoint?.maxOutputTokens).toBeUndefined();
  });

  test('labels lose control characters and what is too long', () => {
    const name = `\u001b[31mred\u202e\u0000${'x'.repeat(500)}`;
    const [endpoint] = importCatalog(modelsDev({ m: { ...chat, name } })).facts.endpoints;
    expect(endpoint?.name).toMatch(/^\[31mred x+$/);
    expect(endpoint?.name?.length).toBe(120);
  });
});

describe('imports in a state folder', () => {
  const imported = importCatalog(modelsDev({ 'gpt-4o': { ...chat, cost: { input: 1, output: 2 } } }));

  test('are read back as they were, and change nothing the second time', () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'catalog-'));
    expect(readImportedFacts(stateDir)).toEqual([]);
    writeImportedFacts(stateDir, imported);
    const layers = [readBuiltInFacts(), ...readImportedFacts(stateDir)];
    expect(layers[1]).toEqual(imported.facts);
    expect(compareFacts([readBuiltInFacts()], imported.facts)).toEqual({ added: 1, changed: 0, unchanged: 0 });
    expect(compareFacts(layers, imported.facts)).toEqual({ added: 0, changed: 0, unchanged: 1 });
    const catalog = createCatalog(layers, { today: '2026-11-22' });
    expect(catalog.resolve('acme/gpt-4o')).toEqual({ modelId: 'openai/gpt-4o' });
    expect(catalog.endpoint('openai/gpt-4o@acme')?.price?.output).toBe(2_000_000_000n);
  });

  test('that are damaged are named, not guessed at', () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'catalog-'));
    writeImportedFacts(stateDir, imported);
    writeFileSync(join(stateDir, 'catalog', 'models.dev.json'), '{"version":1,"mod');
    expect(() => readImportedFacts(stateDir)).toThrow(/models\.dev\.json: not readable/);
  });
});

describe.skipIf(!isCorpusThere)(`real catalogues${isCorpusThere ? '' : ' (corpus absent: skipped)'}`, () => {
  test('models.dev’s api.json is the snapshot again', () => {
    const { facts, leftOut } = importCatalog(read('models.dev/api.json'));
    const changes = compareFacts([readBuiltInFacts()], facts);
    expect(changes.unchanged).toBeGreaterThan(4_700);
    expect(changes.changed).toBe(0);
    expect([...leftOut.values()].reduce((sum, count) => sum + count) + facts.endpoints.length).toBe(5_276);
  });

  test('LiteLLM’s map joins, prices and loses no entry uncounted', () => {
    const { facts, leftOut } = importCatalog(read('litellm/model_prices_and_context_window.json'));
    expect(facts.endpoints.length).toBeGreaterThan(1_500);
    const catalog = createCatalog([readBuiltInFacts(), facts], { today: '2026-11-22' });
    const sonnet = catalog.endpoint('anthropic/claude-sonnet-4-5@anthropic');
    expect(sonnet?.price?.cacheWriteLong).toBe(6_000_000_000n);
    expect(sonnet?.price?.tiers[0]).toMatchObject({ aboveInputTokens: 200_000, output: 22_500_000_000n });
    expect(sonnet?.capabilities).toContain('PREFIX');
    expect(leftOut.get('not an entry')).toBe(2);
    const free = facts.endpoints.filter(endpoint => endpoint.price?.input === 0n);
    for (const { wireModel } of free) expect(wireModel).toMatch(/free$/);
  });

  test('OpenRouter’s models are joined to their authors’', () => {
    const { facts } = importCatalog(read('openrouter/api-v1-models.snapshot.json'));
    expect(facts.endpoints.length).toBeGreaterThan(280);
    const free = facts.endpoints.filter(endpoint => endpoint.price?.input === 0n);
    expect(free.length).toBeGreaterThan(5);
    for (const { wireModel } of free) expect(wireModel).toMatch(/:free$/);
    const example = importCatalog(read('openrouter/models.example.json')).facts.endpoints[0];
    expect(example?.price).toEqual({ input: 30_000_000_000n, output: 60_000_000_000n, tiers: [] });
  });
});
