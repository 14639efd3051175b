import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { startsInSpan } from './attempt-window.ts';

/** Whether a row of `attempt_correction as correction` is the one that holds for an `attempt`. */
export const isHeldCorrection = sql<SqlBool>`correction.attempt_started_at = attempt.started_at
  and correction.attempt_id = attempt.id and correction.number = attempt.correction`;

/** Joins the `correction` that holds to each `attempt`; one that was never corrected stays, without. */
export const withHeldCorrection = sql`left join attempt_correction as correction on ${isHeldCorrection}`;

/** Completions with their attempts and the corrections that hold. */
export const completionsWithAttempts = sql`
  completion left join attempt on attempt.completion_id = completion.id and ${startsInSpan()} ${withHeldCorrection}`;

/** An attempt's amount: by the correction that holds, else by its own row; 0 without an attempt. */
export function heldAmount(name: string): RawBuilder<bigint> {
  return sql`coalesce(${sql.ref(`correction.${name}`)}, ${sql.ref(`attempt.${name}`)}, 0)`;
}

/** A fact of an attempt, absent ones too: by the correction that holds, which replaces the outcome as a whole. */
export function heldFact(name: string): RawBuilder<unknown> {
  return sql`case when correction.number is null then ${sql.ref(`attempt.${name}`)} else ${sql.ref(`correction.${name}`)} end`;
}
