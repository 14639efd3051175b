import type { Capability } from '../model/catalog.ts';
import type { CatalogFacts, KnownEndpoint, KnownModel, KnownProvider } from './catalog-facts.ts';

/** The layers as one: by id, and endpoints by provider and wire name. */
export interface MergedFacts {
  readonly models: ReadonlyMap<string, KnownModel>;
  readonly providers: ReadonlyMap<string, KnownProvider>;
  /** By provider, then by wire name; earlier layers first. */
  readonly endpoints: ReadonlyMap<string, ReadonlyMap<string, KnownEndpoint>>;
}

/**
 * Lays facts over one another, the earliest first.
 *
 * Of models and endpoints a later layer replaces the members that it knows and keeps the rest; a price is replaced as a
 * whole. Of providers the first layer holds: a later one adds providers and changes none, so that no imported file moves
 * an address, a protocol or a data policy.
 */
export function mergeFacts(layers: readonly CatalogFacts[]): MergedFacts {
  const models = new Map<string, KnownModel>();
  const providers = new Map<string, KnownProvider>();
  const endpoints = new Map<string, Map<string, KnownEndpoint>>();
  for (const layer of layers) {
    for (const model of layer.models) models.set(model.id, { ...models.get(model.id), ...model });
    for (const provider of layer.providers) {
      if (!providers.has(provider.id)) providers.set(provider.id, provider);
    }
    for (const endpoint of layer.endpoints) {
      let served = endpoints.get(endpoint.providerId);
      if (served === undefined) {
        served = new Map();
        endpoints.set(endpoint.providerId, served);
      }
      const earlier = served.get(endpoint.wireModel);
      served.set(endpoint.wireModel, earlier === undefined ? endpoint : mergeEndpoint(earlier, endpoint));
    }
  }
  return { models, providers, endpoints };
}

function mergeEndpoint(earlier: KnownEndpoint, later: KnownEndpoint): KnownEndpoint {
  return {
    ...earlier,
    ...later,
    // What a name was joined to stays: ids never change their meaning.
    ...(earlier.modelId === undefined ? {} : { modelId: earlier.modelId }),
    ...(earlier.variant === undefined ? {} : { variant: earlier.variant }),
    capabilities: union(without(earlier.capabilities, later.missingCapabilities), later.capabilities),
    missingCapabilities: union(without(earlier.missingCapabilities, later.capabilities), later.missingCapabilities),
  };
}

function without(list: readonly Capability[] = [], removed: readonly Capability[] = []): readonly Capability[] {
  return list.filter(capability => !removed.includes(capability));
}

function union(left: readonly Capability[], right: readonly Capability[] = []): readonly Capability[] {
  return [...left, ...right.filter(capability => !left.includes(capability))];
}
