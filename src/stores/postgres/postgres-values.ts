import type { SqlValue } from '../sql/sql-database.ts';

type Read = (text: string) => SqlValue;

const asInteger: Read = text => BigInt(text);
/** A sum of integers is a numeric without a fraction. */
const asNumeric: Read = text => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text));
const asBytes: Read = text => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
const asText: Read = text => text;

/** By the numbers that PostgreSQL's types have: bool, bytea, int8, int2, int4, float4, float8, numeric. */
const readers: ReadonlyMap<number, Read> = new Map<number, Read>([
  [16, text => (text === 't' ? 1n : 0n)],
  [17, asBytes],
  [20, asInteger],
  [21, asInteger],
  [23, asInteger],
  [700, Number],
  [701, Number],
  [1700, asNumeric],
]);

/** Reads what the server sends as text: integers of every width as `bigint`, bytes as `Uint8Array`, all else as text. */
export const valueTypes = {
  getTypeParser: (type: number): Read => readers.get(type) ?? asText,
};

/**
 * A value as it can be sent. PostgreSQL keeps no NUL in a text; it becomes the sign for what cannot be shown (U+FFFD), as
 * halves of characters do, in what is written and in what is asked for alike.
 */
export function sentParameter(value: SqlValue | readonly SqlValue[]) {
  return isList(value) ? value.map(sentValue) : sentValue(value);
}

function isList(value: SqlValue | readonly SqlValue[]): value is readonly SqlValue[] {
  return Array.isArray(value);
}

function sentValue(value: SqlValue): string | Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value.toString();
}
