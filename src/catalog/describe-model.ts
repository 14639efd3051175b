import type { Capability, Modality, Model } from '../model/catalog.ts';
import type { KnownModel } from './catalog-facts.ts';
import { authorOfProvider } from './join/author-names.ts';
import { present } from './known-price.ts';
import type { PlacedEndpoint } from './place-endpoints.ts';

const modalityOrder: readonly Modality[] = ['TEXT', 'IMAGE', 'AUDIO', 'VIDEO', 'FILE'];
const capabilityOrder: readonly Capability[] = [
  'TOOLS',
  'JSON_SCHEMA',
  'REASONING',
  'STREAMING',
  'PROMPT_CACHE',
  'PREFIX',
];

/**
 * Describes a model by its author's facts, and where those are silent by its endpoints.
 *
 * Context and output: the author's, else the largest of any endpoint. Modalities: the author's, else all of any endpoint.
 * Capabilities: all of the author and any endpoint (each endpoint keeps its own, which is what routing looks at). Dates:
 * the author's, else the earliest release. Deprecated: where the author's own endpoint is, else where all are.
 */
export function describeModel(id: string, known: KnownModel | undefined, placed: readonly PlacedEndpoint[]): Model {
  const author = id.slice(0, id.indexOf('/'));
  const own = placed.filter(({ endpoint }) => authorOfProvider.get(endpoint.providerId) === author);
  const [first] = own.length > 0 ? own : placed;
  const outputs = placed.flatMap(({ endpoint }) => endpoint.maxOutputTokens ?? []);
  return {
    id,
    name: known?.name ?? first?.known.name ?? id.slice(id.indexOf('/') + 1),
    author,
    contextTokens: known?.contextTokens ?? Math.max(...placed.map(({ endpoint }) => endpoint.contextTokens)),
    inputModalities:
      known?.inputModalities ??
      all(
        modalityOrder,
        placed.map(({ endpoint }) => endpoint.inputModalities),
      ),
    outputModalities:
      known?.outputModalities ??
      all(
        modalityOrder,
        placed.map(entry => entry.known.outputModalities ?? ['TEXT']),
      ),
    capabilities: all(capabilityOrder, [known?.capabilities ?? [], ...placed.map(e => e.endpoint.capabilities)]),
    deprecated: (own.length > 0 ? own : placed).every(({ endpoint }) => endpoint.deprecated),
    ...present({
      maxOutputTokens: known?.maxOutputTokens ?? (outputs.length > 0 ? Math.max(...outputs) : undefined),
      knowledgeCutoff: known?.knowledgeCutoff ?? first?.known.knowledgeCutoff,
      releasedAt: known?.releasedAt ?? placed.flatMap(entry => entry.known.releasedAt ?? []).sort()[0],
    }),
  };
}

function all<Name>(order: readonly Name[], lists: readonly (readonly Name[])[]): readonly Name[] {
  return order.filter(name => lists.some(list => list.includes(name)));
}
