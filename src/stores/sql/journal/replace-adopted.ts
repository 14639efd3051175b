import { type RawBuilder, sql } from 'kysely';
import { startsInSpan } from '../attempt-window.ts';
import { addedTo, amounts, namesOf } from '../column-lists.ts';
import { completionsWithAttempts, heldAmount, withHeldCorrection } from '../held-outcome.ts';
import { endpointColumns, outcomeColumns, usageColumns } from '../ledger-columns.ts';
import { prepare, program } from '../prepared.ts';
import type { RollUp } from '../roll-ups.ts';
import type { SqlCall, SqlDatabase } from '../sql-database.ts';
import type { Shipment } from './read-shipment.ts';
import { sharedRollUps } from './shared-roll-ups.ts';
import { endedColumns, knownColumns, rowsOf, triedColumns } from './shipped-columns.ts';

type Truth = Pick<Shipment, 'completions' | 'attempts' | 'known'> & { readonly ids: string };

/**
 * Compiles what replaces the end that another node gave completions by the one that their own node has journalled, once.
 *
 * All that they count for is taken out of the roll-ups; the rows are brought to what the journal says, an attempt's by a
 * correction; and all is booked again. So roll-ups and rows agree, whatever of endpoint, status and cost has changed. An attempt that
 * the journal does not hold stays as it was assumed: nobody knows whether it was made.
 */
export function replaceAdopted(query: SqlDatabase['query']): (truth: Truth) => SqlCall {
  const step = (build: (slot: (name: keyof Truth) => unknown) => RawBuilder<unknown>) =>
    prepare<Truth>(slot => ({ compile: () => build(slot).compile(query) }));
  const isAdopted = (slot: (name: keyof Truth) => unknown) => sql`(completion.created_at, completion.id) in (
    select adopted.created_at, adopted.id from adopted_completion as adopted
    where adopted.id in (select value from json_array_elements_text(cast(${slot('ids')} as json))))`;
  const setTo = (columns: readonly string[], table: string) =>
    sql.join(columns.map(name => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)}`));
  const facts = endedColumns.filter(name => name !== 'created_at' && name !== 'id');

  return program(
    ...sharedRollUps.map(rollUp => step(slot => unbook(rollUp, isAdopted(slot)))),
    step(
      slot => sql`update budget_total set cost = budget_total.cost - gone.cost
        from (${onBudgets(isAdopted(slot))}) as gone
        where gone.tenant_id = budget_total.tenant_id and gone.budget_key = budget_total.budget_key`,
    ),
    step(
      slot => sql`update completion set ${setTo(facts, 'sent')}
        from ${rowsOf(slot('completions'), endedColumns, 'sent')}
        where completion.created_at = sent.created_at and completion.id = sent.id and ${isAdopted(slot)}`,
    ),
    step(
      slot => sql`insert into attempt (${namesOf(triedColumns)}, correction)
        select ${namesOf(triedColumns, 'sent')}, 0 from ${rowsOf(slot('attempts'), triedColumns, 'sent')}
        inner join completion on completion.created_at = sent.completion_created_at and completion.id = sent.completion_id
        where ${isAdopted(slot)} on conflict do nothing`,
    ),
    step(
      slot => sql`insert into attempt_correction
          (attempt_started_at, attempt_id, number, corrected_at, ${namesOf(outcomeColumns)})
        select attempt.started_at, attempt.id, 1, truth.corrected_at, ${namesOf(outcomeColumns, 'truth')}
        from ${rowsOf(slot('known'), knownColumns, 'truth')}
        inner join attempt on attempt.started_at = truth.started_at and attempt.id = truth.id
        inner join completion on completion.created_at = attempt.completion_created_at
          and completion.id = attempt.completion_id
        where attempt.is_assumed = 1 and attempt.correction = 0 and ${isAdopted(slot)} on conflict do nothing`,
    ),
    step(
      slot => sql`update attempt set correction = 1 from completion, attempt_correction as correction
        where completion.id = attempt.completion_id and ${startsInSpan()} and ${isAdopted(slot)}
          and correction.attempt_started_at = attempt.started_at and correction.attempt_id = attempt.id
          and attempt.correction = 0`,
    ),
    step(
      slot => sql`update attempt set is_counted = case when attempt.id = counted.id then 1 else 0 end
        from (
          select distinct on (attempt.completion_id) attempt.completion_id, attempt.id
          from completion inner join attempt on attempt.completion_id = completion.id and ${startsInSpan()}
          where ${isAdopted(slot)}
          order by attempt.completion_id,
            case when attempt.endpoint_id = coalesce(completion.endpoint_id, '') then 0 else 1 end,
            attempt.started_at desc, attempt.id desc
        ) as counted, completion
        where counted.completion_id = attempt.completion_id and completion.id = attempt.completion_id
          and ${startsInSpan()} and ${isAdopted(slot)}`,
    ),
    ...sharedRollUps.map(rollUp => step(slot => book(rollUp, isAdopted(slot)))),
    step(
      slot => sql`insert into budget_total (tenant_id, budget_key, resets_at, cost) ${onBudgets(isAdopted(slot))}
        on conflict (tenant_id, budget_key) do update set cost = budget_total.cost + excluded.cost`,
    ),
    ...sharedRollUps.map(rollUp => step(slot => dropEmpty(rollUp, isAdopted(slot)))),
    step(
      slot => sql`delete from adopted_completion
        where id in (select value from json_array_elements_text(cast(${slot('ids')} as json)))`,
    ),
  );
}

/** All that completions count for, in the shape of a roll-up's rows. */
function counted({ at, instant, subject }: RollUp, which: RawBuilder<unknown>): RawBuilder<unknown> {
  const owner = subject.map(name => sql.ref(`completion.${name}`));
  const endpoint = endpointColumns.map(name => sql`coalesce(${sql.ref(`attempt.${name}`)}, '') as ${sql.ref(name)}`);
  const sums = usageColumns.map(name => sql`cast(sum(${heldAmount(name)}) as bigint) as ${sql.ref(name)}`);
  return sql`
    select ${instant(undefined)} as ${sql.ref(at)}, ${sql.join(owner)}, completion.completion_status, ${sql.join(endpoint)},
      cast(sum(coalesce(attempt.is_counted, 1)) as bigint) as requests, ${sql.join(sums)}
    from ${completionsWithAttempts}
    where ${which}
    group by 1, ${sql.join(owner)}, completion.completion_status, ${namesOf(endpointColumns, 'attempt')}`;
}

function unbook(rollUp: RollUp, which: RawBuilder<unknown>): RawBuilder<unknown> {
  const { table, key } = rollUp;
  const less = amounts.map(name => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)} - ${sql.ref(`gone.${name}`)}`);
  const same = key.map(name => sql`${sql.ref(`${table}.${name}`)} = ${sql.ref(`gone.${name}`)}`);
  return sql`update ${sql.table(table)} set ${sql.join(less)} from (${counted(rollUp, which)}) as gone
    where ${sql.join(same, sql` and `)}`;
}

function book(rollUp: RollUp, which: RawBuilder<unknown>): RawBuilder<unknown> {
  const { table, at, subject, key } = rollUp;
  return sql`insert into ${sql.table(table)}
      (${namesOf([at, ...subject, 'completion_status', ...endpointColumns, ...amounts])})
    ${counted(rollUp, which)} on conflict (${namesOf(key)}) do update set ${addedTo(table)}`;
}

/** Nothing is left for the end that was replaced where nobody else had the same. */
function dropEmpty(rollUp: RollUp, which: RawBuilder<unknown>): RawBuilder<unknown> {
  const { table, at, subject, instant } = rollUp;
  const zeros = amounts.map(name => sql`${sql.ref(`${table}.${name}`)} = 0`);
  const of = (names: readonly string[]) => names.map(name => sql.ref(`${table}.${name}`));
  const touched = sql.join([sql.ref(`${table}.${at}`), ...of(subject)]);
  const same = [...subject, 'completion_status'].map(
    name => sql`${sql.ref(`completion.${name}`)} = ${sql.ref(`${table}.${name}`)}`,
  );
  const endpoint = endpointColumns.map(
    name => sql`coalesce(${sql.ref(`attempt.${name}`)}, '') = ${sql.ref(`${table}.${name}`)}`,
  );
  return sql`
    delete from ${sql.table(table)} where ${sql.join(zeros, sql` and `)}
      and (${touched}) in (select ${instant(undefined)}, ${namesOf(subject, 'completion')} from completion where ${which})
      and not exists (
        select 1 from completion left join attempt on attempt.completion_id = completion.id and ${startsInSpan()}
        where ${sql.join([...same, ...endpoint], sql` and `)} and ${instant(undefined)} = ${sql.ref(`${table}.${at}`)}
          and completion.created_at >= ${sql.ref(`${table}.${at}`)})`;
}

function onBudgets(which: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select entry.tenant_id, entry.budget_key, max(entry.resets_at) as resets_at,
      cast(sum(${heldAmount('cost')}) as bigint) as cost
    from completion inner join attempt on attempt.completion_id = completion.id and ${startsInSpan()} ${withHeldCorrection}
    inner join budget_entry as entry on entry.budgets_key = attempt.budgets_key
    where attempt.budgets_key <> '' and ${which}
    group by entry.tenant_id, entry.budget_key`;
}
