import { Buffer } from 'node:buffer';
import { badInput } from '../../errors.ts';
import type { ModelOrderField, OrderDirection } from '../resolvers.generated.ts';

/** What a list of models is sorted by; undefined (no price, no traffic) goes last in both directions. */
export type SortKey = string | number | bigint | undefined;

export interface SortPlace {
  readonly key: SortKey;
  /** The model's id, which breaks ties. */
  readonly id: string;
}

export interface ModelSorting {
  readonly field: ModelOrderField;
  readonly direction: OrderDirection;
}

/** The order of two places; total, since ids are unique. */
export function comparePlaces(left: SortPlace, right: SortPlace, direction: OrderDirection): number {
  if (left.key !== right.key) {
    if (left.key === undefined) return 1;
    if (right.key === undefined) return -1;
    const isLess = left.key < right.key;
    return isLess === (direction === 'ASC') ? -1 : 1;
  }
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

/** Names a place in a sorted list, so that the next page begins behind it even if the list has changed. */
export function writeModelCursor({ field, direction }: ModelSorting, { key, id }: SortPlace): string {
  const written = typeof key === 'bigint' ? { nanos: key.toString() } : (key ?? null);
  return Buffer.from(JSON.stringify([field, direction, written, id]), 'utf8').toString('base64url');
}

/**
 * Reads a cursor of the same sorting.
 *
 * @throws {GatewayError} BAD_USER_INPUT for garbage, and for a cursor of another order.
 */
export function readModelCursor(sorting: ModelSorting, cursor: string): SortPlace {
  const parts = parseArray(Buffer.from(cursor, 'base64url').toString('utf8'));
  const [field, direction, written, id] = parts ?? [];
  const key = readKey(written);
  if (parts?.length !== 4 || typeof id !== 'string' || key === 'invalid')
    throw badInput('after', 'is no cursor of this list');
  if (field !== sorting.field || direction !== sorting.direction)
    throw badInput('after', 'is a cursor of another order');
  return { key: key.value, id };
}

function readKey(written: unknown): { readonly value: SortKey } | 'invalid' {
  if (written === null) return { value: undefined };
  if (typeof written === 'string' || typeof written === 'number') return { value: written };
  if (typeof written !== 'object' || written === undefined || !('nanos' in written)) return 'invalid';
  const { nanos } = written;
  return typeof nanos === 'string' && /^-?\d{1,30}$/.test(nanos) ? { value: BigInt(nanos) } : 'invalid';
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
