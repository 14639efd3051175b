import { defineScalar } from './define-scalar.ts';
import { echoValue } from './echo-value.ts';

/** A whole number that may be larger than GraphQL's Int. */
export const countScalar = defineScalar({
  name: 'Count',
  description: 'A whole number from 0 to 2^53 - 1, as a JSON number.',
  read(value) {
    if (!isCount(value)) throw new TypeError(`a whole number from 0 to 2^53 - 1; not${echoValue(value) || ' this'}`);
    return value;
  },
  write(value) {
    if (!isCount(value)) throw new TypeError('Count is a whole number from 0 to 2^53 - 1');
    return value;
  },
});

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
