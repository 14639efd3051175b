import { countScalar } from './count.ts';
import { dateTimeScalar } from './date-time.ts';
import { durationScalar } from './duration.ts';
import { jsonScalar } from './json.ts';
import { moneyScalar } from './money.ts';

/** The scalars of the public schema, by their names there. */
export const scalars = {
  Count: countScalar,
  DateTime: dateTimeScalar,
  Duration: durationScalar,
  JSON: jsonScalar,
  Money: moneyScalar,
};
