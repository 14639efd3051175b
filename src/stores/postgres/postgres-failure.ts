import type { WriteFailure } from '../sql/write-failure.ts';

/** Thrown where a step found no row that its write builds on. */
export class EmptyStepError extends Error {
  readonly code = '23503';
}

/** SQLSTATE: see https://www.postgresql.org/docs/current/errcodes-appendix.html. Undefined where no server said it. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Sorts what PostgreSQL, or the connection to it, said. */
export function failureOf(error: unknown): WriteFailure {
  const state = sqlStateOf(error);
  if (state?.startsWith('22')) {
    // Its message shows the value.
    return { kind: 'constraint', message: `PostgreSQL refused a value: ${state}` };
  }
  const message =
    error instanceof Error ? `${error.message}${state === undefined ? '' : ` (${state})`}` : String(error);
  if (state === '23505') return { kind: 'unique', message };
  if (state === '23503') return { kind: 'reference', message };
  // 54: longer than an index takes, say.
  if (state?.startsWith('23') || state?.startsWith('54')) return { kind: 'constraint', message };
  return { kind: 'fault', message };
}

/** Whether the same again may well succeed: two transactions met. */
export function isCollision(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlStateOf(error) ?? '');
}

/** A statement after one that failed in the same transaction: it says nothing of itself. */
export function isFollowing(error: unknown): boolean {
  return sqlStateOf(error) === '25P02';
}
