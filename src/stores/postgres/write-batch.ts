import type { SqlCall, SqlRow, SqlStep, SqlValue } from '../sql/sql-database.ts';
import type { WriteFailure } from '../sql/write-failure.ts';
import { EmptyStepError, failureOf, isCollision, isFollowing } from './postgres-failure.ts';
import type { PostgresConnection, PostgresQuery, PostgresResult } from './postgres-pool.ts';
import { stepName } from './statement-names.ts';

/** The calls of one write: all or none of them. */
export type WriteUnit = readonly SqlCall[];

/** A write whose calls are made from what stands at that moment. */
export interface MadeUnit {
  readonly question: SqlCall;
  readonly make: (rows: readonly SqlRow[]) => WriteUnit;
}

/**
 * Whoever writes holds it until the end of the transaction. Batches of several nodes meet in the same rows, each in its own
 * order: without it they would wait for each other in circles, until PostgreSQL ends one after a second.
 */
const writeLock: PostgresQuery = { text: 'select pg_advisory_xact_lock(7306359180201877621)', name: 'write_lock' };
const begin: PostgresQuery = { text: 'begin' };
const commit: PostgresQuery = { text: 'commit' };
const mostTries = 3;

/**
 * Writes units in one transaction, in their order, and says which of them failed, by their place.
 *
 * All of it is sent in one go, `commit` included, so that the lock is never held while a node thinks. That takes a guess of
 * how each step ends; where a guess was wrong or a unit failed, PostgreSQL undoes everything, and the batch is written once
 * more, step by step, with each unit guarded by itself.
 *
 * @throws What the connection or the server said, where it concerns all of them. Whether they were written is not known
 * then, if the connection was lost.
 */
export async function writeBatch(
  connection: PostgresConnection,
  units: readonly WriteUnit[],
): Promise<ReadonlyMap<number, WriteFailure>> {
  return await repeated(async () => {
    if (await writeAtOnce(connection, units)) return new Map();
    return await writeGuarded(connection, units);
  });
}

/** Writes one unit that is made while nobody else writes. @returns Why it failed. Throws as `writeBatch`. */
export async function writeMade(
  connection: PostgresConnection,
  { question, make }: MadeUnit,
): Promise<WriteFailure | undefined> {
  return await repeated(async () => {
    const asked = question.program.steps.map(step => ({ text: step.sql, values: bind(step, question.values) }));
    try {
      const answers = await allOf([begin, writeLock, ...asked].map(query => connection.query(query)));
      for (const call of make(answers.at(-1)?.rows ?? [])) await runCall(connection, call);
      await connection.query(commit);
      return undefined;
    } catch (error) {
      await connection.query({ text: 'rollback' }).catch(() => {});
      const failure = failureOf(error);
      if (failure.kind === 'fault') throw error;
      return failure;
    }
  });
}

async function repeated<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isCollision(error) || tries === mostTries) throw error;
    }
  }
}

/** Waits for all, whatever one of them says: a connection is free only then. Throws the first that failed. */
async function allOf<T>(answers: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(answers);
  return settled.map(answer => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
}

/** @returns False where nothing was written, because a unit failed or a guess was wrong. */
async function writeAtOnce(connection: PostgresConnection, units: readonly WriteUnit[]): Promise<boolean> {
  const queries = [begin, writeLock, ...units.flatMap(unit => unit.flatMap(guessedQueries)), commit];
  const answers = await Promise.allSettled(queries.map(query => connection.query(query)));
  const first = answers.find(answer => answer.status === 'rejected');
  if (first === undefined) return true;
  // What is still open where the answer to `commit` is the one that is missing is undone with the connection.
  if (isWrongGuess(first.reason) || failureOf(first.reason).kind !== 'fault') return false;
  throw first.reason;
}

async function writeGuarded(
  connection: PostgresConnection,
  units: readonly WriteUnit[],
): Promise<ReadonlyMap<number, WriteFailure>> {
  const failures = new Map<number, WriteFailure>();
  const asides: Promise<PostgresResult>[] = [];
  const aside = (query: PostgresQuery) => {
    const answer = connection.query(query);
    answer.catch(() => {});
    asides.push(answer);
  };
  try {
    aside(begin);
    aside(writeLock);
    for (const [index, unit] of units.entries()) {
      aside({ text: 'savepoint unit' });
      try {
        for (const call of unit) await runCall(connection, call);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'fault') throw error;
        failures.set(index, failure);
        aside({ text: 'rollback to savepoint unit' });
      }
      aside({ text: 'release savepoint unit' });
    }
    await allOf(asides);
    await connection.query(commit);
    return failures;
  } catch (error) {
    const cause = isFollowing(error) ? await firstRejection(asides) : undefined;
    await connection.query({ text: 'rollback' }).catch(() => {});
    throw cause ?? error;
  }
}

async function firstRejection(answers: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(answers);
  return settled.find(answer => answer.status === 'rejected')?.reason;
}

async function runCall(connection: PostgresConnection, { program, values }: SqlCall): Promise<void> {
  for (const step of program.steps) {
    const name = program.isKept ? { name: stepName(step) } : {};
    const { count } = await connection.query({ text: step.sql, values: bind(step, values), ...name });
    if (step.after === 'fail-if-empty' && count === 0)
      throw new EmptyStepError('what the write builds on is not there');
    if (step.after === 'stop-if-changed' && count > 0) return;
    if (step.after === 'stop-if-unchanged' && count === 0) return;
  }
}

/** The steps that run when every deciding one finds or changes a row, as nearly always; each fails where it does not. */
function guessedQueries({ program, values }: SqlCall): readonly PostgresQuery[] {
  const last = program.steps.findIndex(({ after }) => after === 'stop-if-changed');
  const steps = last === -1 ? program.steps : program.steps.slice(0, last + 1);
  return steps.map(step => ({
    text: guessedText(step),
    values: bind(step, values),
    ...(program.isKept ? { name: `${stepName(step)}_guessed` } : {}),
  }));
}

const texts = new WeakMap<SqlStep, string>();

function guessedText(step: SqlStep): string {
  if (step.after === 'go-on') return step.sql;
  const known = texts.get(step);
  if (known !== undefined) return known;
  const text =
    step.after === 'fail-if-empty'
      ? `select 1 / count(*) as demanded from (${step.sql}) as found`
      : `with changed as (${step.sql} returning 1) select 1 / count(*) as demanded from changed`;
  texts.set(step, text);
  return text;
}

/** Division by zero: by a count of rows that had to be above it. No statement of the stores divides. */
function isWrongGuess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '22012';
}

/** The values of a step, in the order of its places. */
export function bind({ bindings }: SqlStep, values: readonly SqlValue[]): readonly SqlValue[] {
  return bindings.map(binding => (typeof binding === 'number' ? (values[binding] ?? null) : binding.constant));
}
