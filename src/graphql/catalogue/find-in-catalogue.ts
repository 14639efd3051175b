import type { Catalog } from '../../catalog/catalog.ts';
import { type Endpoint, type Model, type Provider, splitEndpointId, unknownDataPolicy } from '../../model/catalog.ts';

/**
 * The endpoint of this id; one that has left the catalogue since is shown by what its id says.
 *
 * What was booked must stay readable after a provider or a model was taken out of the configuration.
 */
export function findEndpoint(catalog: Catalog, id: string): Endpoint {
  const { modelId, providerId } = splitEndpointId(id) ?? { modelId: id, providerId: id };
  return (
    catalog.endpoint(id) ?? {
      id,
      modelId,
      providerId,
      wireModel: modelId,
      contextTokens: 0,
      inputModalities: [],
      capabilities: [],
      unsupportedParameters: [],
      deprecated: true,
    }
  );
}

/** The model of this id, or what its id says of one that has left the catalogue. */
export function findModel(catalog: Catalog, id: string): Model {
  const slash = id.indexOf('/');
  return (
    catalog.model(id) ?? {
      id,
      name: id,
      author: slash === -1 ? id : id.slice(0, slash),
      contextTokens: 0,
      inputModalities: [],
      outputModalities: [],
      capabilities: [],
      deprecated: true,
    }
  );
}

/** The provider of this id, or what its id says of one that has left the configuration. */
export function findProvider(catalog: Catalog, id: string): Provider {
  return catalog.provider(id) ?? { id, name: id, vendor: id, dataPolicy: unknownDataPolicy };
}
