import { readFileSync, writeFileSync } from 'node:fs';
import type { CatalogFacts, KnownEndpoint, KnownModel, KnownProvider } from '../src/catalog/catalog-facts.ts';
import { encodeFacts } from '../src/catalog/fact-file.ts';
import { asList, asObject, type ExactObject, member, parseExactJson } from '../src/catalog/importers/exact-json.ts';
import { readModelsDev } from '../src/catalog/importers/models-dev.ts';
import { readModelsDevAuthors } from '../src/catalog/importers/models-dev-authors.ts';
import { createJoiner, type Joiner } from '../src/catalog/join/join-model.ts';
import { ownModelId } from '../src/catalog/own-model-id.ts';

/**
 * Makes src/catalog/snapshot/facts.json of models.dev's data:
 *
 *   node .ci/make-catalog.ts <api.json> <models.json> <commit> <YYYY-MM-DD>
 */
const [apiFile, modelsFile, revision, date] = process.argv.slice(2);
if (apiFile === undefined || modelsFile === undefined || revision === undefined || date === undefined) {
  console.error('usage: node .ci/make-catalog.ts <api.json> <models.json> <commit> <YYYY-MM-DD>');
  process.exit(2);
}

const api = readDocument(apiFile);
const authors = readModelsDevAuthors(readDocument(modelsFile));
const imported = readModelsDev(api);
const joiner = createJoiner(authors.map(model => model.id));
const addresses = new Map(Object.entries(api).map(([id, entry]) => [id, readAddress(asObject(entry))]));
const local = new Set([...addresses].filter(([, { baseUrl }]) => isLocal(baseUrl)).map(([id]) => id));

const facts: CatalogFacts = {
  source: { name: 'models.dev', revision, date, license: 'MIT' },
  models: [...authors].sort((left, right) => (left.id < right.id ? -1 : 1)),
  providers: imported.facts.providers.filter(({ id }) => !local.has(id)).map(withAddress),
  endpoints: imported.facts.endpoints
    .filter(({ providerId }) => !local.has(providerId))
    .map(endpoint => settle(endpoint, joiner, new Map(authors.map(model => [model.id, model])))),
};
const text = encodeFacts(facts);
writeFileSync(new URL('../src/catalog/snapshot/facts.json', import.meta.url), text);
const joined = facts.endpoints.filter(known => known.modelId !== ownModelId(known.providerId, known.wireModel)).length;
console.log(
  `${facts.providers.length} providers, ${facts.endpoints.length} endpoints (${joined} joined), ${text.length} bytes`,
);
for (const [reason, count] of imported.leftOut) console.log(`left out: ${count} ${reason}`);

function readDocument(file: string): ExactObject {
  const document = asObject(parseExactJson(readFileSync(file, 'utf8')));
  if (document === undefined) throw new TypeError(`${file}: no JSON object`);
  return document;
}

function readAddress(entry: ExactObject | undefined) {
  const baseUrl = member(entry, 'api');
  return {
    baseUrl: typeof baseUrl === 'string' ? baseUrl.replace(/\/+$/, '').replace(/\/chat\/completions$/, '') : undefined,
    environment: asList(member(entry, 'env')).filter(name => typeof name === 'string'),
  };
}

/** What runs on the user's own machine is known there, not here. */
function isLocal(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && /^https?:\/\/(?:localhost|127\.)/.test(baseUrl);
}

/** An address with a variable in it is none; an Anthropic one is kept up to its `/v1`. */
function withAddress(provider: KnownProvider): KnownProvider {
  const { baseUrl, environment = [] } = addresses.get(provider.id) ?? {};
  const address = provider.protocol === 'anthropic' ? baseUrl?.replace(/\/v1$/, '') : baseUrl;
  const isUsable = provider.protocol !== undefined && address?.startsWith('https://') && !address.includes('${');
  return {
    ...provider,
    ...(isUsable && address !== undefined ? { baseUrl: address } : {}),
    ...(environment.length === 0 ? {} : { environment }),
  };
}

/** Joined once and for all; what the author says of a model is not repeated with each of its endpoints. */
function settle(endpoint: KnownEndpoint, join: Joiner, models: ReadonlyMap<string, KnownModel>): KnownEndpoint {
  const joinedName = join.join(endpoint.providerId, endpoint.wireModel, endpoint.baseModel);
  const {
    baseModel: _,
    missingCapabilities: __,
    unsupportedParameters = [],
    outputModalities = [],
    ...rest
  } = endpoint;
  const isTextOnly = outputModalities.length === 1;
  const kept = {
    ...rest,
    ...(unsupportedParameters.length === 0 ? {} : { unsupportedParameters }),
    ...(isTextOnly ? {} : { outputModalities }),
  };
  if (joinedName === undefined) return { ...kept, modelId: ownModelId(endpoint.providerId, endpoint.wireModel) };
  const { name, knowledgeCutoff, releasedAt, ...served } = kept;
  return models.has(joinedName.modelId)
    ? { ...served, ...joinedName }
    : {
        ...served,
        ...joinedName,
        ...(name === undefined ? {} : { name }),
        ...(knowledgeCutoff === undefined ? {} : { knowledgeCutoff }),
        ...(releasedAt === undefined ? {} : { releasedAt }),
      };
}
