import { type RawBuilder, sql } from 'kysely';
import { type RollUp, usageDay, usageHour, usageMonth } from '../roll-ups.ts';

/** The start of the month in UTC that an hour lies in, as PostgreSQL reckons it. */
export function monthOf(hour: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`cast(extract(epoch from date_trunc('month', to_timestamp(${hour} / 1000) at time zone 'UTC') at time zone 'UTC')
    * 1000 as bigint)`;
}

/** The roll-ups of the shared ledger, which tell the month of a row by themselves: a batch may hold several. */
export const sharedRollUps: readonly RollUp[] = [
  usageHour,
  usageDay,
  { ...usageMonth, instant: () => monthOf(sql.ref('completion.hour')) },
];
