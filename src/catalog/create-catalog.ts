import { badInput } from '../errors.ts';
import type { Endpoint, Model, Provider } from '../model/catalog.ts';
import type { Catalog, ResolvedModel } from './catalog.ts';
import type { CatalogFacts, KnownEndpoint, KnownModel } from './catalog-facts.ts';
import { byId, configuredProvider, configureEndpoints, knownProvider } from './configure-endpoints.ts';
import type { ConfiguredProvider } from './configured-provider.ts';
import { describeModel } from './describe-model.ts';
import { createJoiner } from './join/join-model.ts';
import { mergeFacts } from './merge-facts.ts';
import { ownModelId } from './own-model-id.ts';
import { createEndpointIds, type Place, type PlacedEndpoint, placeEndpoint, placeOf } from './place-endpoints.ts';
import { createResolver } from './resolve-name.ts';

export interface CatalogOptions {
  /** `YYYY-MM-DD`: endpoints whose announced end has come by this day are deprecated. */
  readonly today: string;
  /** The providers that can be called. Default: none. */
  readonly providers?: readonly ConfiguredProvider[];
  /** Names that an administrator set, each for a model or an endpoint. Default: none. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/**
 * Makes one immutable revision of the catalogue.
 *
 * Layers, each over the one before: facts in their order (built-in, then imported), the configured providers, the aliases.
 * A configured provider serves what it lists, or what is known of its id, else of its vendor. Everything in the catalogue
 * is at once found, filtered and priced; nothing needs to be enumerated elsewhere.
 *
 * @throws {GatewayError} BAD_USER_INPUT where the configuration is wrong: a provider twice, a price that is none, an alias
 *   for nothing or with a name that means something already.
 */
export function createCatalog(layers: readonly CatalogFacts[], options: CatalogOptions): Catalog {
  const { today, providers: configured = [], aliases = {} } = options;
  const facts = mergeFacts(layers);
  const joiner = createJoiner(facts.models.keys());
  const endpointId = createEndpointIds();
  const endpoints = new Map<string, Endpoint>();
  const placedByModel = new Map<string, PlacedEndpoint[]>();
  const ownNames = new Map<string, string>();
  const providers = new Map<string, Provider>();
  const configuredEndpoints: Endpoint[] = [];

  function add(known: KnownEndpoint, place: Place): Endpoint {
    const { modelId } = place;
    const id = endpointId(modelId, known, place);
    const endpoint = placeEndpoint(known, place, id, facts.models.get(modelId), today);
    endpoints.set(id, endpoint);
    const placed = placedByModel.get(modelId);
    if (placed === undefined) placedByModel.set(modelId, [{ endpoint, known }]);
    else placed.push({ endpoint, known });
    const ownName = ownModelId(known.providerId, known.wireModel);
    if (ownName !== modelId) ownNames.set(ownName, modelId);
    return endpoint;
  }

  for (const provider of configured) {
    if (providers.has(provider.id)) throw badInput(`providers.${provider.id}`, 'is configured twice');
    providers.set(provider.id, configuredProvider(provider, facts));
    for (const { known, place } of configureEndpoints(provider, facts, joiner)) {
      configuredEndpoints.push(add(known, place));
    }
  }
  const configuredIds = new Set(providers.keys());
  for (const known of facts.providers.values()) {
    if (!providers.has(known.id)) providers.set(known.id, knownProvider(known));
  }
  for (const [providerId, served] of facts.endpoints) {
    if (configuredIds.has(providerId)) continue;
    if (!providers.has(providerId)) providers.set(providerId, knownProvider({ id: providerId, name: providerId }));
    for (const known of served.values()) add(known, placeOf(known, joiner));
  }

  const models = describeLazily(placedByModel, facts.models);
  const resolve = createResolver({ placedByModel, endpoints, ownNames, joiner });
  const resolvedAliases = resolveAliases(aliases, resolve);

  return {
    get models() {
      return models.all();
    },
    providers: [...providers.values()].sort(byId),
    configuredEndpoints: configuredEndpoints.sort(byId),
    model: models.one,
    endpointsOf: modelId => placedByModel.get(modelId)?.map(({ endpoint }) => endpoint) ?? [],
    endpoint: id => endpoints.get(id),
    provider: id => providers.get(id),
    isConfigured: providerId => configuredIds.has(providerId),
    resolve: name => resolvedAliases.get(name) ?? resolve(name),
  };
}

/** Thousands of models are known and few are asked for: each is described when it is first looked at. */
function describeLazily(
  placedByModel: ReadonlyMap<string, readonly PlacedEndpoint[]>,
  known: ReadonlyMap<string, KnownModel>,
) {
  const described = new Map<string, Model>();
  let listed: readonly Model[] | undefined;

  function one(id: string): Model | undefined {
    const placed = placedByModel.get(id);
    if (placed === undefined) return undefined;
    const model = described.get(id) ?? describeModel(id, known.get(id), placed);
    described.set(id, model);
    return model;
  }

  function all(): readonly Model[] {
    listed ??= [...placedByModel.keys()].sort().flatMap(id => one(id) ?? []);
    return listed;
  }

  return { one, all };
}

function resolveAliases(
  aliases: Readonly<Record<string, string>>,
  resolve: (name: string) => ResolvedModel | undefined,
): ReadonlyMap<string, ResolvedModel> {
  const resolved = new Map<string, ResolvedModel>();
  for (const [alias, target] of Object.entries(aliases)) {
    if (resolve(alias) !== undefined) {
      throw badInput(`aliases.${alias}`, 'is a name of the catalogue, which cannot come to mean another');
    }
    if (alias === 'auto') throw badInput('aliases.auto', 'is the name that lets the router choose');
    const model = resolve(target);
    if (model === undefined) throw badInput(`aliases.${alias}`, 'stands for no model or endpoint of the catalogue');
    resolved.set(alias, model);
  }
  return resolved;
}
