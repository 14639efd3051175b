import { type RawBuilder, sql } from 'kysely';
import { addedTo, amounts, namesOf } from './column-lists.ts';
import { endpointColumns, usageColumns } from './ledger-columns.ts';
import type { attemptRow } from './ledger-rows.ts';
import { type Prepared, prepare, type SlotOf } from './prepared.ts';
import type { RollUp } from './roll-ups.ts';
import type { AfterStep, SqlDatabase } from './sql-database.ts';

type AttemptRow = ReturnType<typeof attemptRow>;

/**
 * Compiles what books an adopted attempt into a roll-up, where its completion has ended; a completion that was booked without
 * any attempt is counted for this one from then on. The last step changes nothing where the completion still runs.
 */
export function adoptedUsage(
  query: SqlDatabase['query'],
  { table, at, instant, subject, key }: RollUp,
  afterLast: AfterStep,
): readonly Prepared<AttemptRow>[] {
  const statement = (build: (slot: SlotOf<AttemptRow>) => RawBuilder<unknown>, after?: AfterStep) =>
    prepare<AttemptRow>(slot => ({ compile: () => build(slot).compile(query) }), after);
  const of = (name: string) => sql.ref(`${table}.${name}`);
  const isUnattempted = sql.join(
    endpointColumns.map(name => sql`${of(name)} = ''`),
    sql` and `,
  );
  const joined = (slot: SlotOf<AttemptRow>) => sql`
    completion inner join attempt
      on attempt.completion_created_at = completion.created_at and attempt.completion_id = completion.id
    where attempt.started_at = ${slot('started_at')} and attempt.id = ${slot('id')}
      and completion.completion_status <> 'RUNNING'`;
  const inCompletion = [...subject, 'completion_status'].map(name => sql.ref(`completion.${name}`));
  const owner = (slot: SlotOf<AttemptRow>) => sql.join([instant(slot('completion_month')), ...inCompletion]);
  const inRollUp = sql.join([at, ...subject, 'completion_status'].map(of));

  const unbookRequest = statement(
    slot => sql`
    update ${sql.table(table)} set requests = ${of('requests')} - 1
    where ${isUnattempted} and (${inRollUp}) in (select ${owner(slot)} from ${joined(slot)} and attempt.is_counted = 1)`,
  );
  const dropEmpty = statement(
    slot => sql`
    delete from ${sql.table(table)}
    where ${isUnattempted} and requests = 0 and (${inRollUp}) in (select ${owner(slot)} from ${joined(slot)})`,
  );
  const inAttempt = namesOf([...endpointColumns, 'is_counted', ...usageColumns], 'attempt');
  const book = statement(
    slot => sql`
    insert into ${sql.table(table)}
      (${namesOf([at, ...subject, 'completion_status', ...endpointColumns, ...amounts])})
    select ${owner(slot)}, ${inAttempt} from ${joined(slot)}
    on conflict (${namesOf(key)}) do update set ${addedTo(table)}`,
    afterLast,
  );
  return [unbookRequest, dropEmpty, book];
}
