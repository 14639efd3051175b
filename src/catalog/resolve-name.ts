import { type Endpoint, splitEndpointId } from '../model/catalog.ts';
import type { ResolvedModel } from './catalog.ts';
import type { Joiner } from './join/join-model.ts';
import type { PlacedEndpoint } from './place-endpoints.ts';

export interface NameSpace {
  /** By the model's id. */
  readonly placedByModel: ReadonlyMap<string, readonly PlacedEndpoint[]>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** `<provider>/<name>` of joined endpoints, by the model that they were joined to. */
  readonly ownNames: ReadonlyMap<string, string>;
  readonly joiner: Joiner;
}

/** Longer than any name in the catalogue; what is longer is not looked at. */
const longestName = 400;

/**
 * Reads the names that callers write. In this order, so that no name ever changes its meaning for a looser one: a model's
 * id; an endpoint's id; a `<provider>/<name>` that was joined; a model's name in another spelling, qualified by its author
 * (`anthropic/claude-sonnet-4.5`, as OpenRouter's users write it). The model in an endpoint's id may be any of these.
 */
export function createResolver(names: NameSpace): (name: string) => ResolvedModel | undefined {
  /** Every model that the name may mean, the strictest reading first. */
  function modelsNamed(name: string): readonly string[] {
    const readings = [name, names.ownNames.get(name), names.joiner.joinSpelling(name)];
    return readings.filter(id => id !== undefined).filter(id => names.placedByModel.has(id));
  }

  function endpointNamed(name: string): ResolvedModel | undefined {
    const exact = names.endpoints.get(name);
    if (exact !== undefined) return { modelId: exact.modelId, endpointId: exact.id };
    const parts = splitEndpointId(name);
    if (parts === undefined) return undefined;
    const serving = name.slice(parts.modelId.length + 1);
    for (const modelId of modelsNamed(parts.modelId)) {
      const endpoint = names.endpoints.get(`${modelId}@${serving}`) ?? onlyOneAt(modelId, serving);
      if (endpoint !== undefined) return { modelId, endpointId: endpoint.id };
    }
    return undefined;
  }

  /** A provider without a variant names its endpoint where there is just one: `model@provider` for `model@provider/fp8`. */
  function onlyOneAt(modelId: string, serving: string): Endpoint | undefined {
    const placed = names.placedByModel.get(modelId) ?? [];
    const served = placed.filter(({ endpoint }) => endpoint.providerId === serving);
    return served.length === 1 ? served[0]?.endpoint : undefined;
  }

  return name => {
    if (name.length > longestName) return undefined;
    if (names.placedByModel.has(name)) return { modelId: name };
    const endpoint = endpointNamed(name);
    if (endpoint !== undefined) return endpoint;
    const [modelId] = modelsNamed(name);
    return modelId === undefined ? undefined : { modelId };
  };
}
