import { type Expression, type SqlBool, sql } from 'kysely';

const dayMs = 86_400_000;
/** A clock may be set back between the two. */
const beforeMs = dayMs;
/** Longer than any answer takes. */
const afterMs = 31 * dayMs;

/** The instants at which attempts may start of completions that were created in a span, both ends included. */
export function attemptSpan(firstCreatedAt: number, lastCreatedAt = firstCreatedAt) {
  return { from: firstCreatedAt - beforeMs, before: Math.min(lastCreatedAt + afterMs, Number.MAX_SAFE_INTEGER) };
}

/** Whether an attempt is found from its completion. */
export function isInAttemptSpan(startedAt: number, createdAt: number): boolean {
  const { from, before } = attemptSpan(createdAt);
  return startedAt >= from && startedAt < before;
}

/**
 * Says in SQL when an `attempt` of a `completion` may have started. Joins say it beside the completion's id, so that of
 * attempts kept apart by month only those months are looked at.
 *
 * @param from Completions are known to be created from this instant on: the months can then be told before any is read.
 * @param to And before this one.
 * @param columns Default: those of an `attempt` joined to its `completion`.
 */
export function startsInSpan(
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
  columns: readonly [startedAt: string, createdAt: string] = ['attempt.started_at', 'completion.created_at'],
): Expression<SqlBool> {
  const [started, created] = [sql.ref(columns[0]), sql.ref(columns[1])];
  const span = attemptSpan(from, to);
  return sql<SqlBool>`${started} >= ${created} - ${sql.lit(beforeMs)} and ${started} < ${created} + ${sql.lit(afterMs)}
    and ${started} >= ${span.from} and ${started} < ${span.before}`;
}
