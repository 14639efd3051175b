import { isDeepStrictEqual } from 'node:util';
import type { CatalogFacts, KnownEndpoint } from './catalog-facts.ts';
import { mergeFacts } from './merge-facts.ts';

/** How many endpoints an import touches. */
export interface FactChanges {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/**
 * Counts what a layer would do to those that are there: importing the same file twice changes nothing.
 *
 * An endpoint has changed where anything that routing or billing looks at has.
 */
export function compareFacts(layers: readonly CatalogFacts[], imported: CatalogFacts): FactChanges {
  const before = mergeFacts(layers).endpoints;
  const after = mergeFacts([...layers, imported]).endpoints;
  const counts = { added: 0, changed: 0, unchanged: 0 };
  for (const { providerId, wireModel } of imported.endpoints) {
    const earlier = before.get(providerId)?.get(wireModel);
    const later = after.get(providerId)?.get(wireModel);
    if (earlier === undefined || later === undefined) counts.added += 1;
    else if (isDeepStrictEqual(routable(earlier), routable(later))) counts.unchanged += 1;
    else counts.changed += 1;
  }
  return counts;
}

function routable(known: KnownEndpoint) {
  return {
    price: known.price,
    contextTokens: known.contextTokens,
    maxOutputTokens: known.maxOutputTokens,
    inputModalities: known.inputModalities,
    capabilities: [...(known.capabilities ?? [])].sort(),
    unsupportedParameters: [...(known.unsupportedParameters ?? [])].sort(),
    quantization: known.quantization,
    isDeprecated: known.deprecated === true,
    deprecatedFrom: known.deprecatedFrom,
  };
}
