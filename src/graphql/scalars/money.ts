import { formatDollars, parseDollars } from '../../model/money.ts';
import { defineScalar } from './define-scalar.ts';
import { echoValue } from './echo-value.ts';

/** Exact US dollars: `bigint` nano-dollars inside, a decimal string outside. */
export const moneyScalar = defineScalar({
  name: 'Money',
  description:
    'An exact amount of US dollars: a decimal string of at most nine places, without trailing zeros ("0.00117599"), negative only in differences. Input: string or Int.',
  read(value) {
    // A float can not say which decimal it means, so 0.1 is refused where "0.1" and 1 are taken.
    const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
    const amount = isWhole || typeof value === 'string' ? parseDollars(String(value)) : undefined;
    if (amount === undefined) {
      throw new TypeError(`US dollars as a string like "0.25", at most nine places, or as an Int; not${echoed(value)}`);
    }
    return amount;
  },
  write(value) {
    if (typeof value !== 'bigint') throw new TypeError('Money is kept in whole nano-dollars');
    return formatDollars(value);
  },
});

function echoed(value: unknown): string {
  return echoValue(value) || ' this';
}
