import { type RawBuilder, sql } from 'kysely';
import { endpointColumns, subjectColumns } from './ledger-columns.ts';

export const dayMs = 86_400_000;

/** A roll-up of usage: what its rows are told apart by, and how a completion's row says it. */
export interface RollUp {
  readonly table: 'usage_hour' | 'usage_day';
  /** The column with the instant that a row begins at. */
  readonly at: 'hour' | 'day';
  /** This instant from a completion's row. */
  readonly instant: RawBuilder<unknown>;
  /** Columns of the same name in `completion`. */
  readonly subject: readonly (typeof subjectColumns)[number][];
  /** All that a row is told apart by. */
  readonly key: readonly string[];
}

export const usageHour: RollUp = {
  table: 'usage_hour',
  at: 'hour',
  instant: sql.ref('completion.hour'),
  subject: subjectColumns,
  key: ['hour', 'subject_key', ...endpointColumns, 'completion_status'],
};

const daySubject = ['tenant_id', 'project_id', 'project_path'] as const;

export const usageDay: RollUp = {
  table: 'usage_day',
  at: 'day',
  instant: sql`completion.hour - completion.hour % ${sql.lit(dayMs)}`,
  subject: daySubject,
  key: ['day', ...daySubject, ...endpointColumns, 'completion_status'],
};
