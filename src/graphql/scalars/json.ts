import { defineScalar } from './define-scalar.ts';

const deepest = 64;

/**
 * Any JSON value, nested at most 64 deep.
 *
 * A string is read as the JSON that it holds, for clients whose variables can not carry objects; one that holds none
 * stays a string.
 */
export const jsonScalar = defineScalar({
  name: 'JSON',
  description: 'Any JSON value; as input also a string that holds JSON.',
  read(value) {
    const document = typeof value === 'string' ? parseHeldJson(value) : value;
    if (isDeeperThan(document, deepest)) throw new TypeError(`nested at most ${deepest} deep`);
    return document;
  },
  write: value => value,
});

function parseHeldJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some(member => isDeeperThan(member, levels - 1));
}
