import { deepestJson, isDeeperThan } from '../../model/json-depth.ts';
import { defineScalar } from './define-scalar.ts';

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
    if (isDeeperThan(document, deepestJson)) throw new TypeError(`nested at most ${deepestJson} deep`);
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
