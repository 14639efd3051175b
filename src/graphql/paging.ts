import { badInput } from '../errors.ts';
import type { Page, PageRequest } from '../stores/page.ts';

const mostEntries = 500;

export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | undefined;
    readonly endCursor: string | undefined;
  };
}

export interface PageArguments {
  readonly first?: number;
  readonly after?: string | null | undefined;
}

/**
 * Checks the arguments of a list.
 *
 * @throws {GatewayError} BAD_USER_INPUT.
 */
export function readPage({ first = 50, after }: PageArguments): PageRequest {
  return { first: readFirst(first), ...(after == null ? {} : { after }) };
}

/** How many entries are asked for, 1 to 500. Throws as `readPage` does. */
export function readFirst(first: number): number {
  if (first < 1 || first > mostEntries) throw badInput('first', `from 1 to ${mostEntries}, not ${first}`);
  return first;
}

/** A page as Relay's connections have it. Going back is not offered, so a later page only says that one came before. */
export function connectionOf<T>({ entries, hasNextPage }: Page<T>, { after }: PageRequest): Connection<T> {
  return {
    edges: entries,
    nodes: entries.map(entry => entry.node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage: after !== undefined,
      startCursor: entries.at(0)?.cursor,
      endCursor: entries.at(-1)?.cursor,
    },
  };
}
