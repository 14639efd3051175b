import type { Capability } from '../../model/catalog.ts';
import type { KnownEndpoint } from '../catalog-facts.ts';
import { readPrice } from '../exact-price.ts';
import { knownPrice, present } from '../known-price.ts';
import { isFreeOffer, isOtherKind, isRouterName } from './chat-models.ts';
import { asList, asObject, type ExactObject, member } from './exact-json.ts';
import { createLeftOut, type ImportedFacts } from './imported-facts.ts';
import { readDate, readLabel, readModalities, readTokens, readWireModel } from './read-fields.ts';

/** OpenRouter's names of request parameters, by ours. */
const parameterNames: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['stop', 'stop'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
];

const capabilityParameters: readonly (readonly [Capability, string])[] = [
  ['TOOLS', 'tools'],
  ['JSON_SCHEMA', 'structured_outputs'],
  ['REASONING', 'reasoning'],
];

/** Whether a parsed document has the shape of OpenRouter's `GET /api/v1/models`. */
export function isOpenrouter(document: ExactObject): boolean {
  const [first] = asList(member(document, 'data'));
  return asObject(member(asObject(first), 'pricing')) !== undefined;
}

/** Reads OpenRouter's `/models`: US dollars per token, as strings; "-1" is unknown, "0" beside a price not charged apart. */
export function readOpenrouter(document: ExactObject): ImportedFacts {
  const leftOut = createLeftOut();
  const endpoints: KnownEndpoint[] = [];
  for (const entry of asList(member(document, 'data'))) {
    const model = asObject(entry);
    if (model === undefined) {
      leftOut.add('not an entry');
      continue;
    }
    const read = readModel(model);
    if (typeof read === 'string') leftOut.add(read);
    else endpoints.push(read);
  }
  return {
    format: 'openrouter',
    facts: {
      source: { name: 'openrouter' },
      models: [],
      providers: [{ id: 'openrouter', name: 'OpenRouter', protocol: 'openai' }],
      endpoints,
    },
    leftOut: leftOut.counts,
  };
}

function readModel(model: ExactObject) {
  const wireModel = readWireModel(member(model, 'id'));
  const pricing = asObject(member(model, 'pricing'));
  const architecture = asObject(member(model, 'architecture'));
  const outputModalities = readModalities(asList(member(architecture, 'output_modalities')));
  const top = asObject(member(model, 'top_provider'));
  const contextTokens = readTokens(member(model, 'context_length')) ?? readTokens(member(top, 'context_length'));
  if (wireModel === undefined) return 'name not allowed';
  if (isRouter(wireModel, pricing)) return 'a router, not a model';
  if (!outputModalities.includes('TEXT')) return 'answers with no text';
  if (isOtherKind(wireModel, '')) return 'not a chat model';
  if (contextTokens === undefined) return 'context unknown';
  const price = readPricing(pricing, isFreeOffer(wireModel));
  const supported = asList(member(model, 'supported_parameters'));
  const stated = capabilityParameters.filter(([, name]) => supported.includes(name)).map(([capability]) => capability);
  return {
    providerId: 'openrouter',
    wireModel,
    contextTokens,
    outputModalities,
    inputModalities: readModalities(asList(member(architecture, 'input_modalities'))),
    capabilities: [...stated, 'STREAMING', ...(price?.cacheRead === undefined ? [] : (['PROMPT_CACHE'] as const))],
    ...present({
      name: readLabel(member(model, 'name')),
      price,
      maxOutputTokens: readTokens(member(top, 'max_completion_tokens')),
      knowledgeCutoff: readDate(member(model, 'knowledge_cutoff')),
      deprecatedFrom: readDate(member(model, 'expiration_date')),
      missingCapabilities:
        supported.length === 0
          ? undefined
          : capabilityParameters.filter(([, name]) => !supported.includes(name)).map(([capability]) => capability),
      unsupportedParameters:
        supported.length === 0
          ? undefined
          : parameterNames.filter(([, name]) => !supported.includes(name)).map(([ours]) => ours),
    }),
  } satisfies KnownEndpoint;
}

function isRouter(wireModel: string, pricing: ExactObject | undefined): boolean {
  const prompt = member(pricing, 'prompt');
  return (typeof prompt === 'string' && prompt.startsWith('-')) || isRouterName(wireModel);
}

function readPricing(pricing: ExactObject | undefined, isFree: boolean) {
  const perToken = (name: string) => readPrice(member(pricing, name), 'dollarsPerToken');
  return knownPrice(
    {
      input: perToken('prompt'),
      output: perToken('completion'),
      cacheRead: perToken('input_cache_read'),
      cacheWrite: perToken('input_cache_write'),
      cacheWriteLong: undefined,
      reasoning: perToken('internal_reasoning'),
      request: readPrice(member(pricing, 'request'), 'dollarsPerRequest'),
      tiers: [],
    },
    isFree,
  );
}
