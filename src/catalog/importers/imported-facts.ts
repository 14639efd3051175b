import type { CatalogFacts } from '../catalog-facts.ts';

export type CatalogFormat = 'models.dev' | 'litellm' | 'openrouter';

/** Why entries of a file are not in the catalogue. A closed set, so that nothing of the file is printed. */
export type LeftOutReason =
  | 'not a chat model'
  | 'answers with no text'
  | 'served by another API than its provider'
  | 'a router, not a model'
  | 'priced per region'
  | 'a customer’s own fine-tuned model'
  | 'context unknown'
  | 'not readable'
  | 'name not allowed'
  | 'not an entry';

/** What a file gave, and what it did not. */
export interface ImportedFacts {
  readonly format: CatalogFormat;
  readonly facts: CatalogFacts;
  readonly leftOut: ReadonlyMap<LeftOutReason, number>;
}

/** Counts what is left out. */
export function createLeftOut() {
  const counts = new Map<LeftOutReason, number>();
  return {
    counts,
    add(reason: LeftOutReason): void {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    },
  };
}
