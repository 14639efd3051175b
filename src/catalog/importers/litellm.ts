import type { Capability, Modality, Price } from '../../model/catalog.ts';
import type { KnownEndpoint, KnownProvider } from '../catalog-facts.ts';
import { readPrice } from '../exact-price.ts';
import { knownPrice, present, type StatedTier } from '../known-price.ts';
import { isFreeOffer, isOtherKind, isResponsesOnly, isRouterName } from './chat-models.ts';
import { asList, asObject, type ExactJson, type ExactObject, member } from './exact-json.ts';
import { createLeftOut, type ImportedFacts } from './imported-facts.ts';
import { readLitellmName } from './litellm-names.ts';
import { readDate, readModalities, readTokens } from './read-fields.ts';

const capabilityFlags: readonly (readonly [Capability, string])[] = [
  ['TOOLS', 'supports_function_calling'],
  ['JSON_SCHEMA', 'supports_response_schema'],
  ['REASONING', 'supports_reasoning'],
  ['PREFIX', 'supports_assistant_prefill'],
];
const inputFlags: readonly (readonly [Modality, string])[] = [
  ['IMAGE', 'supports_vision'],
  ['AUDIO', 'supports_audio_input'],
  ['VIDEO', 'supports_video_input'],
  ['FILE', 'supports_pdf_input'],
];
const tierKey = /^(?:input|output)_cost_per_token_above_(\d{1,4})k_tokens$/;

/** Whether a parsed document has the shape of LiteLLM's price map: entries that name their `litellm_provider`. */
export function isLitellm(document: ExactObject): boolean {
  const entries = Object.values(document).filter(entry => asObject(entry) !== undefined);
  const named = entries.filter(entry => typeof member(asObject(entry), 'litellm_provider') === 'string');
  return named.length > 0 && named.length * 2 > entries.length;
}

/**
 * Reads LiteLLM's `model_prices_and_context_window.json`: US dollars per token, as numbers.
 *
 * `sample_spec` is documentation, members that are no objects (`last_updated`) are none of it, and prose stands where
 * numbers are meant: each is left out, never guessed. Batch, flex and priority prices are other offers, and not read.
 */
export function readLitellm(document: ExactObject): ImportedFacts {
  const leftOut = createLeftOut();
  const providers = new Map<string, KnownProvider>();
  const endpoints = new Map<string, KnownEndpoint>();
  for (const [key, value] of Object.entries(document)) {
    const entry = asObject(value);
    if (entry === undefined || key === 'sample_spec') {
      leftOut.add('not an entry');
      continue;
    }
    const read = readEntry(key, entry);
    if (typeof read === 'string') {
      leftOut.add(read);
      continue;
    }
    providers.set(read.providerId, { id: read.providerId, name: read.providerId });
    const identity = `${read.providerId} ${read.wireModel}`;
    // The map lists some models twice, with and without the provider's name in front; the first is kept.
    if (!endpoints.has(identity)) endpoints.set(identity, read);
  }
  const lastUpdated = member(document, 'last_updated');
  const date = typeof lastUpdated === 'string' ? readDate(lastUpdated.slice(0, 10)) : undefined;
  return {
    format: 'litellm',
    facts: {
      source: { name: 'litellm', ...present({ date }) },
      models: [],
      providers: [...providers.values()],
      endpoints: [...endpoints.values()],
    },
    leftOut: leftOut.counts,
  };
}

function readEntry(key: string, entry: ExactObject) {
  const mode = member(entry, 'mode');
  if (mode === 'responses') return 'served by another API than its provider';
  if (mode !== 'chat') return 'not a chat model';
  const name = readLitellmName(key, member(entry, 'litellm_provider'));
  if (typeof name === 'string') return name;
  if (isRouterName(name.wireModel)) return 'a router, not a model';
  if (isOtherKind(name.wireModel, '')) return 'not a chat model';
  if (isResponsesOnly(name.providerId, name.wireModel)) return 'served by another API than its provider';
  const outputModalities = readModalities(asList(member(entry, 'supported_output_modalities') ?? ['text']));
  if (!outputModalities.includes('TEXT')) return 'answers with no text';
  const contextTokens = readTokens(member(entry, 'max_input_tokens'));
  if (contextTokens === undefined) return 'context unknown';
  const price = readCosts(entry, isFreeOffer(name.wireModel));
  return {
    ...name,
    contextTokens,
    outputModalities,
    inputModalities: readInput(entry),
    capabilities: [
      ...flagged(entry, capabilityFlags, true),
      ...(member(entry, 'supports_native_streaming') === false ? [] : (['STREAMING'] as const)),
      ...(price?.cacheRead === undefined ? [] : (['PROMPT_CACHE'] as const)),
    ],
    missingCapabilities: [
      ...flagged(entry, capabilityFlags, false),
      ...(member(entry, 'supports_native_streaming') === false ? (['STREAMING'] as const) : []),
    ],
    ...present({
      price,
      maxOutputTokens: readTokens(member(entry, 'max_output_tokens')),
      unsupportedParameters:
        member(entry, 'supports_sampling_params') === false ? ['temperature', 'topP', 'topK'] : undefined,
      deprecatedFrom: readDate(member(entry, 'deprecation_date')),
    }),
  } satisfies KnownEndpoint;
}

function flagged<T>(entry: ExactObject, flags: readonly (readonly [T, string])[], wanted: boolean): readonly T[] {
  return flags.filter(([, name]) => member(entry, name) === wanted).map(([value]) => value);
}

function readInput(entry: ExactObject): readonly Modality[] {
  const listed = readModalities(asList(member(entry, 'supported_modalities')));
  const wanted = new Set<Modality>(['TEXT', ...listed, ...flagged(entry, inputFlags, true)]);
  return (['TEXT', 'IMAGE', 'AUDIO', 'VIDEO', 'FILE'] as const).filter(modality => wanted.has(modality));
}

function readCosts(entry: ExactObject, isFree: boolean): Price | undefined {
  const ranges = asList(member(entry, 'tiered_pricing')).flatMap(readRange);
  const [lowest] = ranges;
  return knownPrice(
    {
      ...readAmounts(entry, ''),
      ...(lowest?.aboveInputTokens === 0 ? lowest : {}),
      cacheWriteLong: perToken(member(entry, 'cache_creation_input_token_cost_above_1hr')),
      reasoning: perToken(member(entry, 'output_cost_per_reasoning_token')),
      request: readPrice(member(entry, 'input_cost_per_request'), 'dollarsPerRequest'),
      tiers: ranges.length > 0 ? ranges : readTiers(entry),
    },
    isFree,
  );
}

function readTiers(entry: ExactObject): readonly StatedTier[] {
  const sizes = new Set(Object.keys(entry).flatMap(key => tierKey.exec(key)?.[1] ?? []));
  return [...sizes].map(size => ({
    aboveInputTokens: Number(size) * 1000,
    ...readAmounts(entry, `_above_${size}k_tokens`),
  }));
}

function readRange(value: ExactJson): readonly StatedTier[] {
  const range = asObject(value);
  const [from] = asList(member(range, 'range'));
  const aboveInputTokens = from === '0' || from === '0.0' ? 0 : readTokens(from);
  if (range === undefined || aboveInputTokens === undefined) return [];
  return [{ aboveInputTokens, ...readAmounts(range, '') }];
}

function readAmounts(entry: ExactObject, suffix: string) {
  return {
    input: perToken(member(entry, `input_cost_per_token${suffix}`)),
    output: perToken(member(entry, `output_cost_per_token${suffix}`)),
    cacheRead: perToken(member(entry, `cache_read_input_token_cost${suffix}`)),
    cacheWrite: perToken(member(entry, `cache_creation_input_token_cost${suffix}`)),
  };
}

function perToken(value: ExactJson | undefined) {
  return readPrice(value, 'dollarsPerToken');
}
