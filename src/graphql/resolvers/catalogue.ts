import type { Catalog } from '../../catalog/catalog.ts';
import { dataPolicyOn } from '../../model/catalog.ts';
import { findModel, findProvider } from '../catalogue/find-in-catalogue.ts';
import { listModels } from '../catalogue/list-models.ts';
import type { Governance } from '../context.ts';
import type { Resolvers } from '../resolvers.generated.ts';

/** Models, endpoints and providers: all from the catalogue in memory. */
export const catalogueResolvers = {
  Query: {
    async models(_, listing, { governance }) {
      return listModels(listing, {
        catalog: governance.gateway.catalog,
        exclusionsOf: await governance.exclusions(),
        healthOf: id => governance.gateway.health(id),
        today: today(governance),
      });
    },
    async model(_, { id }, { governance }) {
      await governance.principal();
      const { catalog } = governance.gateway;
      const resolved = catalog.resolve(id);
      return resolved === undefined ? undefined : catalog.model(resolved.modelId);
    },
    async providers(_, _arguments, { governance }) {
      await governance.principal();
      return governance.gateway.catalog.providers;
    },
  },
  Model: {
    endpoints: (model, _, { governance }) => governance.gateway.catalog.endpointsOf(model.id),
  },
  Endpoint: {
    model: (endpoint, _, { governance }) => findModel(governance.gateway.catalog, endpoint.modelId),
    provider: (endpoint, _, { governance }) => findProvider(governance.gateway.catalog, endpoint.providerId),
    region: (endpoint, _, { governance }) => findProvider(governance.gateway.catalog, endpoint.providerId).region,
    dataPolicy: (endpoint, _, { governance }) =>
      dataPolicyOn(findProvider(governance.gateway.catalog, endpoint.providerId).dataPolicy, today(governance)),
    health: (endpoint, _, { governance }) => governance.gateway.health(endpoint.id),
    billsAfterAbort: (endpoint, _, { governance }) =>
      governance.gateway.catalog.provider(endpoint.providerId)?.billsAfterAbort,
    exclusions: async (endpoint, _, { governance }) => (await governance.exclusions())(endpoint),
  },
  Provider: {
    protocol: provider => provider.protocol ?? 'unsupported',
    dataPolicy: (provider, _, { governance }) => dataPolicyOn(provider.dataPolicy, today(governance)),
    modelCount: (provider, _, { governance }) => modelCounts(governance.gateway.catalog).get(provider.id) ?? 0,
  },
} satisfies Resolvers;

function today(governance: Governance): string {
  return new Date(governance.now()).toISOString().slice(0, 10);
}

const countsByCatalog = new WeakMap<Catalog, ReadonlyMap<string, number>>();

/** How many models each provider serves, counted once per revision of the catalogue. */
function modelCounts(catalog: Catalog): ReadonlyMap<string, number> {
  const known = countsByCatalog.get(catalog);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  for (const model of catalog.models) {
    const providers = new Set(catalog.endpointsOf(model.id).map(endpoint => endpoint.providerId));
    for (const id of providers) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  countsByCatalog.set(catalog, counts);
  return counts;
}
