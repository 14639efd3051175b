import { type RawBuilder, sql } from 'kysely';
import { endpointColumns, subjectColumns } from './ledger-columns.ts';

export const dayMs = 86_400_000;

/** A roll-up of usage: what its rows are told apart by, and how a completion's row says it. */
export interface RollUp {
  readonly table: 'usage_hour' | 'usage_day' | 'usage_month';
  /** The column with the instant that a row begins at. */
  readonly at: 'hour' | 'day' | 'month';
  /** This instant from a completion's row; the two dialects have no common way to reckon a month, so it is given. */
  readonly instant: (month: unknown) => RawBuilder<unknown>;
  /** Columns of the same name in `completion`. */
  readonly subject: readonly (typeof subjectColumns)[number][];
  /** All that a row is told apart by. */
  readonly key: readonly string[];
}

export const usageHour: RollUp = {
  table: 'usage_hour',
  at: 'hour',
  instant: () => sql.ref('completion.hour'),
  subject: subjectColumns,
  key: ['hour', 'subject_key', ...endpointColumns, 'completion_status'],
};

const coarseSubject = ['tenant_id', 'project_id', 'project_path'] as const;
const coarseKey = [...coarseSubject, ...endpointColumns, 'completion_status'];

export const usageDay: RollUp = {
  table: 'usage_day',
  at: 'day',
  instant: () => sql`completion.hour - completion.hour % ${sql.lit(dayMs)}`,
  subject: coarseSubject,
  key: ['day', ...coarseKey],
};

export const usageMonth: RollUp = {
  table: 'usage_month',
  at: 'month',
  instant: month => sql`cast(${month} as bigint)`,
  subject: coarseSubject,
  key: ['month', ...coarseKey],
};
