import type { FieldNode } from 'graphql';
import { Kind } from 'graphql';

/** The most entries that a page can be asked for; `first` above it is refused by the resolvers. */
const longestPage = 500;
/** The largest default of `first` in the schema. */
const assumedPage = 100;

/** Lists whose length is the `first` of the field around them. */
const pageLists: ReadonlySet<string> = new Set(['nodes', 'edges', 'groups']);

/** By the name of the field, about twice what real catalogues and ledgers hold; a name that is no list here is none. */
const assumedLengths: ReadonlyMap<string, number> = new Map([
  ['_entities', 100],
  ['series', 100],
  ['endpoints', 20],
  ['candidates', 20],
  ['attempts', 5],
  ['exclusions', 5],
  ['excludedBy', 5],
  ['score', 5],
  ['vendors', 20],
  ['policies', 5],
  ['contributions', 5],
  ['appliesTo', 5],
  ['budgets', 5],
  ['content', 5],
  ['rateLimits', 5],
  ['findings', 5],
  ['redactions', 5],
  ['labels', 5],
  ['keys', 5],
  ['parts', 5],
  ['toolCalls', 5],
  ['citations', 5],
  ['tiers', 5],
  ['roles', 5],
]);

export function isPageList(name: string): boolean {
  return pageLists.has(name);
}

/** How many entries a list of this name is taken to hold; 1 where it is no list. */
export function lengthOfList(name: string): number {
  return assumedLengths.get(name) ?? 1;
}

/** How many entries the pages below a field hold at most. A variable may say anything: it is the longest page. */
export function lengthOfPage(field: FieldNode): number {
  const first = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (first === undefined) return assumedPage;
  const length = first.kind === Kind.INT ? Number(first.value) : longestPage;
  return Math.min(Math.max(1, length), longestPage);
}
