import { badInput } from '../../errors.ts';
import type { Page, PageRequest } from '../page.ts';

/** Refuses sizes outside 1 to 500. */
export function checkPageSize({ first }: PageRequest): number {
  if (!Number.isSafeInteger(first) || first < 1 || first > 500) throw badInput('first', 'must be from 1 to 500');
  return first;
}

/** Cuts a page from rows of which one more than `first` was asked for. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  first: number,
  read: (row: Row) => { readonly cursor: string; readonly node: T },
): Page<T> {
  return { entries: rows.slice(0, first).map(read), hasNextPage: rows.length > first };
}
