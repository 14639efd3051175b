import { type Endpoint, isDeprecatedOn, type Modality } from '../model/catalog.ts';
import type { KnownEndpoint, KnownModel } from './catalog-facts.ts';
import type { Joiner } from './join/join-model.ts';
import { ownModelId } from './own-model-id.ts';
import { isKnownToRunTools } from './server-tools.ts';

/** Fewer tokens than any model of today takes: assumed where nothing is known of a configured model. */
export const assumedContextTokens = 8192;

const textOnly: readonly Modality[] = ['TEXT'];

/** A known endpoint in its place: which model it is, and under which id. */
export interface PlacedEndpoint {
  readonly endpoint: Endpoint;
  readonly known: KnownEndpoint;
}

export interface Place {
  readonly modelId: string;
  readonly variant?: string;
  readonly quantization?: string;
}

function isPlaced(known: KnownEndpoint): known is KnownEndpoint & Place {
  return known.modelId !== undefined;
}

/** Which model a known endpoint serves: what it was joined to before, what the joiner says now, or its own. */
export function placeOf(known: KnownEndpoint, joiner: Joiner): Place {
  if (isPlaced(known)) return known;
  return (
    joiner.join(known.providerId, known.wireModel, known.baseModel) ?? {
      modelId: ownModelId(known.providerId, known.wireModel),
    }
  );
}

/**
 * Gives each endpoint an id of its own: with its variant where it has one; else the bare id, and where an earlier endpoint
 * has that, one with its quantization or its wire name behind it.
 */
export function createEndpointIds() {
  const taken = new Set<string>();
  return (modelId: string, known: KnownEndpoint, { variant }: Place): string => {
    const bare = `${modelId}@${known.providerId}`;
    let id = variant === undefined ? bare : `${bare}/${variant}`;
    if (taken.has(id) && known.quantization !== undefined) id = `${bare}/${slugOf(known.quantization)}`;
    for (let count = 1; taken.has(id); count += 1) {
      id = `${bare}/${slugOf(known.wireModel)}${count === 1 ? '' : `-${count}`}`;
    }
    taken.add(id);
    return id;
  };
}

function slugOf(wireModel: string): string {
  return wireModel
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** The endpoint as requests are routed to it; what it does not say itself comes from its model. */
export function placeEndpoint(
  known: KnownEndpoint,
  place: Place,
  id: string,
  model: KnownModel | undefined,
  today: string,
): Endpoint {
  const endpoint: { -readonly [Member in keyof Endpoint]: Endpoint[Member] } = {
    id,
    modelId: place.modelId,
    providerId: known.providerId,
    wireModel: known.wireModel,
    contextTokens: known.contextTokens ?? model?.contextTokens ?? assumedContextTokens,
    inputModalities: known.inputModalities ?? model?.inputModalities ?? textOnly,
    capabilities: known.capabilities ?? [],
    unsupportedParameters: known.unsupportedParameters ?? [],
    deprecated: isDeprecatedOn({ ...known, deprecated: known.deprecated === true }, today),
  };
  const quantization = known.quantization ?? place.quantization;
  const maxOutputTokens = known.maxOutputTokens ?? model?.maxOutputTokens;
  if (known.price !== undefined) endpoint.price = known.price;
  if (maxOutputTokens !== undefined) endpoint.maxOutputTokens = maxOutputTokens;
  if (known.maxMediaTokens !== undefined) endpoint.maxMediaTokens = known.maxMediaTokens;
  if (known.runsServerTools ?? isKnownToRunTools(known.wireModel)) endpoint.runsServerTools = true;
  if (quantization !== undefined) endpoint.quantization = quantization;
  if (known.deprecatedFrom !== undefined) endpoint.deprecatedFrom = known.deprecatedFrom;
  return endpoint;
}
