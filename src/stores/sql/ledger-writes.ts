import { sql } from 'kysely';
import { budgetWrites } from './budget-writes.ts';
import { amounts } from './column-lists.ts';
import {
  attemptColumns,
  completionColumns,
  endpointColumns,
  outcomeColumns,
  subjectColumns,
  usageColumns,
} from './ledger-columns.ts';
import type { attemptRow, closingRow, completionRow, outcomeRow } from './ledger-rows.ts';
import { prepare, program } from './prepared.ts';
import { rollUpWrites } from './roll-up-writes.ts';
import { usageDay, usageMonth } from './roll-ups.ts';
import type { SqlDatabase } from './sql-database.ts';

type CompletionRow = ReturnType<typeof completionRow>;
type AttemptRow = ReturnType<typeof attemptRow>;
type OutcomeRow = ReturnType<typeof outcomeRow>;
type ClosingRow = ReturnType<typeof closingRow>;

/** Compiles the statements that ledger entries are written with. */
export function ledgerSteps(query: SqlDatabase['query']) {
  const budgets = budgetWrites(query);
  const days = rollUpWrites(query, usageDay);
  const months = rollUpWrites(query, usageMonth);
  const insertCompletion = prepare<CompletionRow>(slot =>
    query
      .insertInto('completion')
      .values(Object.fromEntries(completionColumns.map(name => [name, slot(name)])) as unknown as CompletionRow)
      .onConflict(clash => clash.doNothing()),
  );

  const insertAttempt = prepare<AttemptRow>(slot =>
    query
      .insertInto('attempt')
      .columns([...attemptColumns, 'is_assumed', 'is_counted', 'correction'])
      .expression(
        query
          .selectFrom('completion')
          .select([
            ...attemptColumns.map(name => sql<never>`${slot(name)}`.as(name)),
            sql.lit(0).as('is_assumed'),
            sql.lit(0).as('is_counted'),
            sql.lit(0).as('correction'),
          ])
          .where('created_at', '=', slot('completion_created_at'))
          .where('id', '=', slot('completion_id'))
          .where('completion_status', '=', 'RUNNING'),
      )
      .onConflict(clash => clash.doNothing()),
  );
  const attemptStands = prepare<AttemptRow>(
    slot =>
      query
        .selectFrom('attempt')
        .select('id')
        .where('started_at', '=', slot('started_at'))
        .where('id', '=', slot('id'))
        .where('completion_id', '=', slot('completion_id')),
    'fail-if-empty',
  );

  const settle = prepare<OutcomeRow>(
    slot =>
      query
        .updateTable('attempt')
        .set(Object.fromEntries(outcomeColumns.map(name => [name, slot(name)])))
        .where('started_at', '=', slot('started_at'))
        .where('id', '=', slot('id'))
        .where('outcome', 'is', null),
    'stop-if-changed',
  );
  const attemptExists = prepare<OutcomeRow>(
    slot =>
      query
        .selectFrom('attempt')
        .select('id')
        .where('started_at', '=', slot('started_at'))
        .where('id', '=', slot('id')),
    'fail-if-empty',
  );
  const markCorrected = prepare<OutcomeRow>(
    slot =>
      query
        .updateTable('attempt')
        .set({ correction: 1 })
        .where('started_at', '=', slot('started_at'))
        .where('id', '=', slot('id'))
        .where('is_assumed', '=', sql.lit(1))
        .where('correction', '=', sql.lit(0)),
    'stop-if-unchanged',
  );
  const insertCorrection = prepare<OutcomeRow>(slot =>
    query.insertInto('attempt_correction').values({
      ...(Object.fromEntries(outcomeColumns.map(name => [name, slot(name)])) as unknown as Pick<
        OutcomeRow,
        (typeof outcomeColumns)[number]
      >),
      attempt_started_at: slot('started_at'),
      attempt_id: slot('id'),
      number: 1,
      corrected_at: slot('corrected_at'),
    }),
  );
  const bookDifference = prepare<OutcomeRow>(slot =>
    query
      .updateTable('usage_hour')
      .from('attempt')
      .innerJoin('completion', join =>
        join
          .onRef('completion.created_at', '=', 'attempt.completion_created_at')
          .onRef('completion.id', '=', 'attempt.completion_id'),
      )
      .set(
        Object.fromEntries(
          usageColumns.map(name => [
            name,
            sql`${sql.ref(`usage_hour.${name}`)} + ${slot(name)} - ${sql.ref(`attempt.${name}`)}`,
          ]),
        ),
      )
      .where('attempt.started_at', '=', slot('started_at'))
      .where('attempt.id', '=', slot('id'))
      .whereRef('usage_hour.hour', '=', 'completion.hour')
      .whereRef('usage_hour.subject_key', '=', 'completion.subject_key')
      .whereRef('usage_hour.model_id', '=', 'attempt.model_id')
      .whereRef('usage_hour.provider_id', '=', 'attempt.provider_id')
      .whereRef('usage_hour.vendor', '=', 'attempt.vendor')
      .whereRef('usage_hour.region', '=', 'attempt.region')
      .whereRef('usage_hour.completion_status', '=', 'completion.completion_status'),
  );

  const close = prepare<ClosingRow>(
    slot =>
      query
        .updateTable('completion')
        .set({
          completion_status: slot('completion_status'),
          error: slot('error'),
          endpoint_id: slot('endpoint_id'),
          finish_reason: slot('finish_reason'),
          finished_at: slot('finished_at'),
          first_token_ms: slot('first_token_ms'),
          overhead_ms: slot('overhead_ms'),
          redactions: slot('redactions'),
          receipt: slot('receipt'),
        })
        .where('created_at', '=', slot('created_at'))
        .where('id', '=', slot('id'))
        .where('completion_status', '=', 'RUNNING'),
    'stop-if-unchanged',
  );
  const completionExists = prepare<ClosingRow>(
    slot =>
      query
        .selectFrom('completion')
        .select('id')
        .where('created_at', '=', slot('created_at'))
        .where('id', '=', slot('id')),
    'fail-if-empty',
  );
  const assumeOpenAttempts = prepare<ClosingRow>(slot =>
    query
      .updateTable('attempt')
      .set({
        outcome: 'UNKNOWN',
        is_assumed: 1,
        is_estimated: 1,
        duration_ms: sql<number>`case when ${slot('finished_at')} > started_at then ${slot('finished_at')} - started_at else 0 end`,
      })
      .where('completion_id', '=', slot('id'))
      .where('started_at', '>=', slot('attempts_from'))
      .where('started_at', '<', slot('attempts_before'))
      .where('outcome', 'is', null),
  );
  const countOneAttempt = prepare<ClosingRow>(slot =>
    query
      .updateTable('attempt')
      .set({ is_counted: 1 })
      .where('completion_id', '=', slot('id'))
      .where('started_at', '>=', slot('attempts_from'))
      .where('started_at', '<', slot('attempts_before'))
      .where(
        'id',
        '=',
        query
          .selectFrom('attempt as tried')
          .select('tried.id')
          .where('tried.completion_id', '=', slot('id'))
          .where('tried.started_at', '>=', slot('attempts_from'))
          .where('tried.started_at', '<', slot('attempts_before'))
          .orderBy(sql`case when tried.endpoint_id = ${slot('answering_endpoint_id')} then 0 else 1 end`)
          .orderBy('tried.started_at', 'desc')
          .orderBy('tried.id', 'desc')
          .limit(sql.lit(1)),
      ),
  );
  const rollUp = prepare<ClosingRow>(slot =>
    query
      .insertInto('usage_hour')
      .columns(['hour', ...subjectColumns, ...endpointColumns, 'completion_status', ...amounts])
      .expression(
        query
          .selectFrom('completion')
          .leftJoin('attempt', join =>
            join
              .onRef('attempt.completion_id', '=', 'completion.id')
              .on('attempt.started_at', '>=', slot('attempts_from'))
              .on('attempt.started_at', '<', slot('attempts_before')),
          )
          .select(['completion.hour', ...subjectColumns.map(name => `completion.${name}` as const)])
          .select(endpointColumns.map(name => sql<string>`coalesce(${sql.ref(`attempt.${name}`)}, '')`.as(name)))
          .select('completion.completion_status')
          .select(sql<bigint>`sum(coalesce(attempt.is_counted, 1))`.as('requests'))
          .select(usageColumns.map(name => sql<bigint>`sum(coalesce(${sql.ref(`attempt.${name}`)}, 0))`.as(name)))
          .where('completion.created_at', '=', slot('created_at'))
          .where('completion.id', '=', slot('id'))
          .groupBy([
            'completion.created_at',
            'completion.id',
            ...endpointColumns.map(name => `attempt.${name}` as const),
          ]),
      )
      .onConflict(clash =>
        clash
          .columns(['hour', 'subject_key', ...endpointColumns, 'completion_status'])
          .doUpdateSet(
            Object.fromEntries(
              amounts.map(name => [name, sql`${sql.ref(`usage_hour.${name}`)} + ${sql.ref(`excluded.${name}`)}`]),
            ),
          ),
      ),
  );

  return {
    insertCompletion,
    openAttempt: [insertAttempt, attemptStands],
    /** The first step is all there is to it, unless the attempt was booked as assumed before. */
    settle: [
      settle,
      attemptExists,
      markCorrected,
      insertCorrection,
      bookDifference,
      days.bookDifference,
      months.bookDifference,
      budgets.bookDifference,
    ],
    completionExists,
    /** Stops where the completion has ended before. */
    end: [close, assumeOpenAttempts, countOneAttempt, rollUp, days.book, months.book, budgets.book],
    budgets,
  } as const;
}

/** Joins the statements of the ledger's hot path. Each member makes one write. */
export function ledgerWrites(steps: ReturnType<typeof ledgerSteps>) {
  return {
    openCompletion: program(steps.insertCompletion),
    openAttempt: program(...steps.openAttempt),
    settleAttempt: program(...steps.settle),
    closeCompletion: program(steps.completionExists, ...steps.end),
  };
}
