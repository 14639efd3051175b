import { badInput } from '../../errors.ts';

/**
 * Names a place in a list by the key of its entry. Opaque to callers.
 *
 * @param list Which kind of list it belongs to: a cursor of another list is refused.
 */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/**
 * Reads what `encodeCursor` wrote.
 *
 * @param shape One entry per member of the key.
 * @throws {GatewayError} BAD_USER_INPUT where the text is not a cursor of this list.
 */
export function decodeCursor(list: string, shape: readonly ('string' | 'number')[], cursor: string) {
  const key = cursor.length > 1024 ? undefined : parse(cursor);
  const isOurs =
    Array.isArray(key) &&
    key.length === shape.length + 1 &&
    key[0] === list &&
    shape.every((kind, index) => typeof key[index + 1] === kind) &&
    encodeCursor(list, key.slice(1)) === cursor;
  if (!isOurs) throw badInput('after', 'is not a cursor of this list');
  return key.slice(1) as readonly (string | number)[];
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
