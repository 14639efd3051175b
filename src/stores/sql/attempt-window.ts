import { type Expression, type SqlBool, sql } from 'kysely';

const dayMs = 86_400_000;
/** A clock may be set back between the two. */
const beforeMs = dayMs;
/** Longer than any answer takes. */
const afterMs = 31 * dayMs;

/** The instants at which attempts may start of completions that were created in a span, both ends included. */
export function attemptSpan(firstCreatedAt: number, lastCreatedAt = firstCreatedAt) {
  return { from: firstCreatedAt - beforeMs, before: lastCreatedAt + afterMs };
}

/** Whether an attempt is found from its completion. */
export function isInAttemptSpan(startedAt: number, createdAt: number): boolean {
  const { from, before } = attemptSpan(createdAt);
  return startedAt >= from && startedAt < before;
}

/**
 * Says in SQL when the attempts of a completion may have started. Joins say it beside the completion's id, so that of
 * attempts kept apart by month only those months are looked at.
 *
 * @param startedAt A column, such as `attempt.started_at`.
 * @param createdAt A column, such as `completion.created_at`.
 */
export function startsInSpan(startedAt: string, createdAt: string): Expression<SqlBool> {
  const [started, created] = [sql.ref(startedAt), sql.ref(createdAt)];
  return sql<SqlBool>`${started} >= ${created} - ${sql.lit(beforeMs)} and ${started} < ${created} + ${sql.lit(afterMs)}`;
}
