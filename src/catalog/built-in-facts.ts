import { readFileSync } from 'node:fs';
import type { CatalogFacts, KnownProvider } from './catalog-facts.ts';
import { builtInDataPolicies } from './data-policies.ts';
import { decodeFacts } from './fact-file.ts';
import { handKeptProviders } from './provider-facts.ts';

/**
 * The facts that come with Tollgate: a snapshot of models.dev's data (see `snapshot/README.md` for its source, date and
 * licence), with what is kept by hand of providers and their data policies.
 */
export function readBuiltInFacts(): CatalogFacts {
  const facts = decodeFacts(readFileSync(new URL('./snapshot/facts.json', import.meta.url), 'utf8'));
  return { ...facts, providers: facts.providers.map(withHandKept) };
}

function withHandKept(provider: KnownProvider): KnownProvider {
  const dataPolicy = builtInDataPolicies.get(provider.id);
  return { ...provider, ...handKeptProviders.get(provider.id), ...(dataPolicy === undefined ? {} : { dataPolicy }) };
}
