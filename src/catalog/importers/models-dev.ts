import type { Capability, Price, Protocol } from '../../model/catalog.ts';
import type { KnownEndpoint, KnownProvider } from '../catalog-facts.ts';
import { readPrice } from '../exact-price.ts';
import { knownPrice, present } from '../known-price.ts';
import { isFreeOffer, isOtherKind, isResponsesOnly, isRouterName } from './chat-models.ts';
import { asList, asObject, type ExactJson, type ExactObject, member } from './exact-json.ts';
import { createLeftOut, type ImportedFacts } from './imported-facts.ts';
import { readDate, readLabel, readModalities, readProviderId, readTokens, readWireModel } from './read-fields.ts';

/** The AI SDK package that a provider is reached with tells its wire protocol. */
const protocolOfPackage: ReadonlyMap<string, Protocol> = new Map([
  ['@ai-sdk/openai-compatible', 'openai'],
  ['@ai-sdk/azure', 'openai'],
  ['@ai-sdk/cerebras', 'openai'],
  ['@ai-sdk/deepinfra', 'openai'],
  ['@ai-sdk/groq', 'openai'],
  ['@ai-sdk/mistral', 'openai'],
  ['@ai-sdk/perplexity', 'openai'],
  ['@ai-sdk/togetherai', 'openai'],
  ['@ai-sdk/vercel', 'openai'],
  ['@ai-sdk/xai', 'openai'],
  ['@openrouter/ai-sdk-provider', 'openai'],
  ['@ai-sdk/anthropic', 'anthropic'],
  ['@ai-sdk/google', 'gemini'],
]);

/** Ids that differ here: the variable is TOGETHER_API_KEY, and the id is what people type. */
const providerIdHere: ReadonlyMap<string, string> = new Map([['togetherai', 'together']]);

/** Misspelt keys of the source, by what they mean. */
const spellings = {
  cacheRead: ['cache_read', 'cached_input', 'cache_input'],
  cacheWrite: ['cache_write', 'cached_write'],
} as const;

/** Whether a parsed document has the shape of models.dev's `api.json`: providers with `models` and `id`. */
export function isModelsDev(document: ExactObject): boolean {
  const entries = Object.values(document);
  return entries.length > 0 && entries.every(entry => asObject(member(asObject(entry), 'models')) !== undefined);
}

/**
 * Reads models.dev's `api.json`: US dollars per million tokens, as numbers.
 *
 * A missing `cost` is unknown, not free. Providers get no base URL from a file: a credential never follows an import.
 */
export function readModelsDev(document: ExactObject): ImportedFacts {
  const leftOut = createLeftOut();
  const providers: KnownProvider[] = [];
  const endpoints: KnownEndpoint[] = [];
  for (const [key, entry] of Object.entries(document)) {
    const provider = asObject(entry);
    const sourceId = readProviderId(key);
    if (sourceId === undefined || provider === undefined) {
      leftOut.add('name not allowed');
      continue;
    }
    const id = providerIdHere.get(sourceId) ?? sourceId;
    const protocol = protocolOf(sourceId, member(provider, 'npm'));
    providers.push({ id, name: readLabel(member(provider, 'name')) ?? id, ...present({ protocol }) });
    for (const [name, value] of Object.entries(asObject(member(provider, 'models')) ?? {})) {
      const model = asObject(value);
      const wireModel = readWireModel(name);
      if (wireModel === undefined) leftOut.add('name not allowed');
      else if (model === undefined) leftOut.add('not an entry');
      else {
        const read = readModel(id, wireModel, protocol, model);
        if (typeof read === 'string') leftOut.add(read);
        else endpoints.push(read);
      }
    }
  }
  return {
    format: 'models.dev',
    facts: { source: { name: 'models.dev' }, models: [], providers, endpoints },
    leftOut: leftOut.counts,
  };
}

function protocolOf(sourceId: string, npm: ExactJson | undefined): Protocol | undefined {
  // This package speaks the Responses API by default, which is no protocol of ours; OpenAI itself serves both.
  if (npm === '@ai-sdk/openai') return sourceId === 'openai' ? 'openai' : undefined;
  return typeof npm === 'string' ? protocolOfPackage.get(npm) : undefined;
}

function readModel(providerId: string, wireModel: string, protocol: Protocol | undefined, model: ExactObject) {
  const limit = asObject(member(model, 'limit'));
  const modalities = asObject(member(model, 'modalities'));
  const outputModalities = readModalities(asList(member(modalities, 'output') ?? ['text']));
  const family = member(model, 'family');
  const contextTokens = readTokens(member(limit, 'context'));
  if (!outputModalities.includes('TEXT')) return 'answers with no text';
  if (isRouterName(wireModel)) return 'a router, not a model';
  if (isOtherKind(wireModel, typeof family === 'string' ? family : '')) return 'not a chat model';
  if (isResponsesOnly(providerId, wireModel) || isServedOtherwise(protocol, asObject(member(model, 'provider')))) {
    return 'served by another API than its provider';
  }
  if (contextTokens === undefined) return 'context unknown';
  const price = readCost(asObject(member(model, 'cost')), isFreeOffer(wireModel));
  const capabilities = readCapabilities(model, price);
  return {
    providerId,
    wireModel,
    contextTokens,
    outputModalities,
    inputModalities: readModalities(asList(member(modalities, 'input') ?? ['text'])),
    ...capabilities,
    ...present({
      baseModel: readWireModel(member(model, 'base_model')),
      name: readLabel(member(model, 'name')),
      price,
      maxOutputTokens: readTokens(member(limit, 'output')),
      unsupportedParameters: member(model, 'temperature') === false ? ['temperature'] : undefined,
      knowledgeCutoff: readDate(member(model, 'knowledge')),
      releasedAt: readDate(member(model, 'release_date')),
      deprecated: member(model, 'status') === 'deprecated' ? true : undefined,
    }),
  } satisfies KnownEndpoint;
}

function isServedOtherwise(protocol: Protocol | undefined, own: ExactObject | undefined): boolean {
  if (own === undefined || protocol === undefined) return false;
  if (member(own, 'shape') === 'responses') return true;
  const npm = member(own, 'npm');
  return npm !== undefined && (typeof npm !== 'string' || protocolOfPackage.get(npm) !== protocol);
}

function readCost(cost: ExactObject | undefined, isFree: boolean): Price | undefined {
  if (cost === undefined) return undefined;
  return knownPrice(
    {
      ...readAmounts(cost),
      cacheWriteLong: undefined,
      reasoning: readPrice(member(cost, 'reasoning'), 'dollarsPerMillionTokens'),
      request: readPrice(member(cost, 'request'), 'dollarsPerRequest'),
      tiers: asList(member(cost, 'tiers')).flatMap(entry => {
        const tier = asObject(entry);
        const bounds = asObject(member(tier, 'tier'));
        const aboveInputTokens = readTokens(member(bounds, 'size'));
        const kind = member(bounds, 'type') ?? 'context';
        return tier === undefined || aboveInputTokens === undefined || kind !== 'context'
          ? []
          : [{ aboveInputTokens, ...readAmounts(tier) }];
      }),
    },
    isFree,
  );
}

function readAmounts(cost: ExactObject) {
  const first = (names: readonly string[]) =>
    names.map(name => readPrice(member(cost, name), 'dollarsPerMillionTokens')).find(amount => amount !== undefined);
  return {
    input: first(['input']),
    output: first(['output']),
    cacheRead: first(spellings.cacheRead),
    cacheWrite: first(spellings.cacheWrite),
  };
}

function readCapabilities(model: ExactObject, price: Price | undefined) {
  const stated: readonly (readonly [Capability, ExactJson | undefined])[] = [
    ['TOOLS', member(model, 'tool_call')],
    ['JSON_SCHEMA', member(model, 'structured_output')],
    ['REASONING', member(model, 'reasoning')],
    ['STREAMING', true],
    ['PROMPT_CACHE', price?.cacheRead === undefined ? undefined : true],
  ];
  return {
    capabilities: stated.filter(([, value]) => value === true).map(([capability]) => capability),
    missingCapabilities: stated.filter(([, value]) => value === false).map(([capability]) => capability),
  };
}
