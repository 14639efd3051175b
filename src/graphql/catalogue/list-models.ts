import type { Catalog } from '../../catalog/catalog.ts';
import { badInput } from '../../errors.ts';
import { dataPolicyOn, type Endpoint, type Model } from '../../model/catalog.ts';
import type { EndpointHealth } from '../../model/health.ts';
import type { Exclusion } from '../../model/route.ts';
import { liesIn } from '../../policy/regions.ts';
import { checkCount, checkNames } from '../input/check-input.ts';
import { type Connection, connectionOf, type PageArguments, readPage } from '../paging.ts';
import type { ModelFilter, ModelOrder, ModelOrderField } from '../resolvers.generated.ts';
import { comparePlaces, readModelCursor, type SortKey, writeModelCursor } from './model-cursor.ts';

const mostNames = 100;

export interface ModelListing extends PageArguments {
  readonly filter?: ModelFilter | null | undefined;
  readonly orderBy?: ModelOrder;
  readonly allowedOnly?: boolean;
}

export interface ModelSources {
  readonly catalog: Catalog;
  readonly exclusionsOf: (endpoint: Endpoint) => readonly Exclusion[];
  readonly healthOf: (endpointId: string) => EndpointHealth;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

/**
 * The models of the catalogue that match, one page of them, and how many there are.
 *
 * A model matches where one and the same endpoint of it meets everything that the filter asks of endpoints and, with
 * `allowedOnly`, may be used by the caller now.
 *
 * @throws {GatewayError} BAD_USER_INPUT for a page or an order that is not offered.
 */
export function listModels(
  listing: ModelListing,
  sources: ModelSources,
): Connection<Model> & { readonly totalCount: number } {
  const { filter, allowedOnly = true, orderBy = { field: 'NAME' } } = listing;
  const { field, direction = 'ASC' } = orderBy;
  const page = readPage(listing);
  checkFilter(filter ?? {});
  if (field === 'QUALITY') throw badInput('orderBy.field', 'QUALITY is not available yet');
  const sorting = { field, direction };
  const start = page.after === undefined ? undefined : readModelCursor(sorting, page.after);
  const meets = endpointFilter(filter ?? {}, sources);
  const matches = sources.catalog.models.flatMap(model => {
    if (!modelMeets(model, filter ?? {})) return [];
    const endpoints = sources.catalog
      .endpointsOf(model.id)
      .filter(
        endpoint =>
          meets(endpoint) && (!allowedOnly || sources.exclusionsOf(endpoint).every(({ enforced }) => !enforced)),
      );
    const needsEndpoint = allowedOnly || asksOfEndpoints(filter ?? {});
    if (needsEndpoint && endpoints.length === 0) return [];
    return [{ model, id: model.id, key: sortKey(field, model, endpoints, sources) }];
  });
  matches.sort((left, right) => comparePlaces(left, right, direction));
  const rest = start === undefined ? matches : matches.filter(place => comparePlaces(place, start, direction) > 0);
  const entries = rest
    .slice(0, page.first)
    .map(place => ({ cursor: writeModelCursor(sorting, place), node: place.model }));
  return { ...connectionOf({ entries, hasNextPage: rest.length > entries.length }, page), totalCount: matches.length };
}

function checkFilter({ search, authors, providers, vendors, regions, inputModalities, supports }: ModelFilter): void {
  if (search != null && search.length > 256) throw badInput('filter.search', 'at most 256 characters');
  for (const [name, list] of Object.entries({ authors, providers, vendors, regions })) {
    checkNames(`filter.${name}`, list, mostNames);
  }
  for (const [name, list] of Object.entries({ inputModalities, supports })) {
    checkCount(`filter.${name}`, list ?? [], mostNames);
  }
}

function modelMeets(model: Model, { search, authors, inputModalities, minContextTokens }: ModelFilter): boolean {
  const text = search?.trim().toLowerCase() ?? '';
  return (
    (text === '' || model.id.toLowerCase().includes(text) || model.name.toLowerCase().includes(text)) &&
    (authors == null || authors.includes(model.author)) &&
    (inputModalities == null || inputModalities.some(modality => model.inputModalities.includes(modality))) &&
    (minContextTokens == null || model.contextTokens >= minContextTokens)
  );
}

function asksOfEndpoints(filter: ModelFilter): boolean {
  const { providers, vendors, regions, zeroDataRetention, supports, maxInputPrice } = filter;
  return (
    [providers, vendors, regions, supports, maxInputPrice].some(member => member != null) || zeroDataRetention === true
  );
}

function endpointFilter(filter: ModelFilter, { catalog, today }: ModelSources): (endpoint: Endpoint) => boolean {
  const { providers, vendors, regions, zeroDataRetention, supports, maxInputPrice } = filter;
  return endpoint => {
    const provider = catalog.provider(endpoint.providerId);
    if (provider === undefined) return false;
    const { region, vendor } = provider;
    const price = endpoint.price?.input;
    return (
      (providers == null || providers.includes(provider.id)) &&
      (vendors == null || vendors.includes(vendor)) &&
      (regions == null || (region !== undefined && regions.some(area => liesIn(region, area)))) &&
      (zeroDataRetention !== true || dataPolicyOn(provider.dataPolicy, today).retention === 'NONE') &&
      (supports == null || supports.some(capability => endpoint.capabilities.includes(capability))) &&
      (maxInputPrice == null || (price !== undefined && price <= maxInputPrice))
    );
  };
}

function sortKey(
  field: ModelOrderField,
  model: Model,
  endpoints: readonly Endpoint[],
  { healthOf }: ModelSources,
): SortKey {
  switch (field) {
    case 'INPUT_PRICE':
      return least(endpoints.map(({ price }) => price?.input));
    case 'OUTPUT_PRICE':
      return least(endpoints.map(({ price }) => price?.output));
    case 'CONTEXT':
      return model.contextTokens;
    case 'RELEASED':
      return model.releasedAt;
    case 'LATENCY':
      return least(endpoints.map(({ id }) => healthOf(id).firstTokenP50Ms));
    case 'THROUGHPUT': {
      const slowest = least(endpoints.map(({ id }) => negative(healthOf(id).throughput)));
      return negative(slowest);
    }
    case 'NAME':
    case 'QUALITY':
      return model.name.toLowerCase();
  }
}

function negative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function least<T extends number | bigint>(values: readonly (T | undefined)[]): T | undefined {
  let found: T | undefined;
  for (const value of values) if (value !== undefined && (found === undefined || value < found)) found = value;
  return found;
}
