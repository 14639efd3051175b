import { badInput } from '../errors.ts';
import { type Provider, unknownDataPolicy } from '../model/catalog.ts';
import type { KnownEndpoint, KnownProvider } from './catalog-facts.ts';
import { readConfiguredPrice } from './configured-price.ts';
import type { ConfiguredModel, ConfiguredProvider } from './configured-provider.ts';
import type { Joiner } from './join/join-model.ts';
import { present } from './known-price.ts';
import type { MergedFacts } from './merge-facts.ts';
import { ownModelId } from './own-model-id.ts';
import { type Place, placeOf } from './place-endpoints.ts';

const modelIdForm = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._:+/~-]*$/;
const providerIdForm = /^[a-z0-9-]{1,63}$/;

/** A configured endpoint before it has its id. */
export interface ConfiguredEndpoint {
  readonly known: KnownEndpoint;
  readonly place: Place;
}

/**
 * What one configured provider serves.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the place in the configuration that is wrong.
 */
export function configureEndpoints(
  provider: ConfiguredProvider,
  facts: MergedFacts,
  joiner: Joiner,
): readonly ConfiguredEndpoint[] {
  const path = `providers.${provider.id}`;
  if (!providerIdForm.test(provider.id)) throw badInput(`${path}.id`, 'must be lower-case letters, digits and dashes');
  const sourceId = facts.endpoints.has(provider.id) ? provider.id : (provider.vendor ?? provider.id);
  const served = facts.endpoints.get(sourceId);
  if (provider.models === 'catalogue') {
    if (served === undefined) {
      throw badInput(`${path}.models`, 'the catalogue knows no models of this id or vendor: list them');
    }
    return [...served.values()].map(known => ({
      known: { ...known, providerId: provider.id },
      place: placeOf(known, joiner),
    }));
  }
  const names = new Set<string>();
  return provider.models.map((model): ConfiguredEndpoint => {
    const modelPath = `${path}.models.${model.id}`;
    if (names.has(model.id)) throw badInput(modelPath, 'is listed twice');
    names.add(model.id);
    const known = served?.get(model.id);
    return {
      known: withConfigured(known, provider.id, model, modelPath),
      place: placeConfigured(provider.id, sourceId, model, known, facts, joiner, modelPath),
    };
  });
}

function placeConfigured(
  providerId: string,
  sourceId: string,
  model: ConfiguredModel,
  known: KnownEndpoint | undefined,
  facts: MergedFacts,
  joiner: Joiner,
  path: string,
): Place {
  if (model.as !== undefined) {
    if (!modelIdForm.test(model.as)) throw badInput(`${path}.as`, 'must be author/name, without "@" and spaces');
    return { modelId: model.as };
  }
  if (known !== undefined) return placeOf(known, joiner);
  // Only a vendor that the catalogue knows means by a name what the rest of the world means by it.
  const joined = facts.providers.has(sourceId) ? joiner.join(sourceId, model.id) : undefined;
  return joined ?? { modelId: ownModelId(providerId, model.id) };
}

function withConfigured(
  known: KnownEndpoint | undefined,
  providerId: string,
  model: ConfiguredModel,
  path: string,
): KnownEndpoint {
  return {
    capabilities: ['STREAMING'],
    ...known,
    providerId,
    wireModel: model.id,
    ...present({
      name: model.name,
      price: model.price === undefined ? undefined : readConfiguredPrice(model.price, `${path}.price`),
      contextTokens: model.contextTokens,
      maxOutputTokens: model.maxOutputTokens,
      maxMediaTokens: model.maxMediaTokens,
      runsServerTools: model.runsServerTools,
      inputModalities: model.inputModalities,
      capabilities: model.capabilities,
      unsupportedParameters: model.unsupportedParameters,
      quantization: model.quantization,
    }),
  };
}

/**
 * The provider as it is configured, with what is known of it.
 *
 * A known data policy, and whether it bills after an abort, hold for the vendor's own service only: they count where the
 * base URL is the known one, or the default. At any other address they are unknown until the configuration states them.
 */
export function configuredProvider(provider: ConfiguredProvider, facts: MergedFacts): Provider {
  const known = facts.providers.get(provider.id);
  const vendor = provider.vendor ?? known?.vendor ?? provider.id;
  const service = known ?? facts.providers.get(vendor);
  const isOwnService = service !== undefined && isSameAddress(provider.baseUrl, service.baseUrl);
  return {
    id: provider.id,
    name: provider.name ?? known?.name ?? provider.id,
    vendor,
    protocol: provider.protocol,
    dataPolicy: provider.dataPolicy ?? (isOwnService ? service.dataPolicy : undefined) ?? unknownDataPolicy,
    ...present({
      region: provider.region,
      allowServerTools: provider.allowServerTools,
      headquarters: service?.headquarters,
      billsAfterAbort: provider.billsAfterAbort ?? (isOwnService ? service.billsAfterAbort : undefined),
    }),
  };
}

function isSameAddress(configured: string | undefined, known: string | undefined): boolean {
  if (configured === undefined) return true;
  return known !== undefined && configured.replace(/\/+$/, '') === known.replace(/\/+$/, '');
}

/** A provider that is known and not configured: listed, never called. */
export function knownProvider(known: KnownProvider): Provider {
  return {
    id: known.id,
    name: known.name,
    vendor: known.vendor ?? known.id,
    dataPolicy: known.dataPolicy ?? unknownDataPolicy,
    ...present({
      protocol: known.protocol,
      headquarters: known.headquarters,
      billsAfterAbort: known.billsAfterAbort,
    }),
  };
}

/** By id, rising: the order in which everything of the catalogue is listed. */
export function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
