import { type RawBuilder, sql } from 'kysely';
import { addedTo, amounts, namesOf } from '../column-lists.ts';
import { endpointColumns, subjectColumns, usageColumns } from '../ledger-columns.ts';
import { prepare, program } from '../prepared.ts';
import { dayMs, type RollUp, usageDay, usageHour, usageMonth } from '../roll-ups.ts';
import type { SqlCall, SqlDatabase } from '../sql-database.ts';
import type { Shipment } from './read-shipment.ts';
import { monthOf } from './shared-roll-ups.ts';
import { endedColumns, rowsOf, triedColumns } from './shipped-columns.ts';

interface Facts {
  readonly document: string;
}
type Ended = Pick<Shipment, 'completions' | 'attempts'>;

/**
 * Compiles what writes a shipment into the shared ledger, in PostgreSQL's SQL. Rows that stand already change nothing.
 *
 * Completions, their attempts and the roll-ups are one statement, that books the rows which it has inserted itself: however often,
 * and by however many, a shipment is written, it is booked once.
 */
export function shipWrites(query: SqlDatabase['query']): (shipment: Shipment) => readonly SqlCall[] {
  const facts = (table: string, columns: readonly string[]) =>
    program(
      prepare<Facts>(slot => ({
        compile: () =>
          sql`insert into ${sql.table(table)} (${namesOf(columns)})
            select ${namesOf(columns)} from ${rowsOf(slot('document'), columns, 'sent')}
            order by ${namesOf(columns)} on conflict do nothing`.compile(query),
      })),
    );
  const lineage = facts('project_lineage', ['project_path', 'ancestor_id']);
  const labels = facts('label_entry', ['labels_key', 'name', 'value']);
  const budgets = facts('budget_entry', ['budgets_key', 'tenant_id', 'budget_key', 'resets_at']);
  const endpoints = facts('endpoint_version', ['key', 'document']);
  const ended = program(
    prepare<Ended>(slot => ({ compile: () => bookNew(slot('completions'), slot('attempts')).compile(query) })),
  );

  return shipment => {
    const shared = [
      [lineage, shipment.lineage],
      [labels, shipment.labels],
      [budgets, shipment.budgets],
      [endpoints, shipment.endpoints],
    ] as const;
    return [
      ...shared.filter(([, document]) => document !== '[]').map(([write, document]) => write({ document })),
      ended(shipment),
    ];
  };
}

function bookNew(completions: unknown, attempts: unknown): RawBuilder<unknown> {
  const isPurged = sql`exists (select 1 from purged_completion as purged
    where purged.created_at = sent.created_at and purged.id = sent.id)`;
  const perEndpoint = endpointColumns.map(name => sql`coalesce(${sql.ref(`tried.${name}`)}, '') as ${sql.ref(name)}`);
  const sums = usageColumns.map(
    name => sql`cast(sum(coalesce(${sql.ref(`tried.${name}`)}, 0)) as bigint) as ${sql.ref(name)}`,
  );
  const owner = namesOf(['hour', ...subjectColumns, 'completion_status'], 'ended');
  return sql`
    with sent as materialized (select * from ${rowsOf(completions, endedColumns, 'row')}),
    ended as (
      insert into completion (${namesOf(endedColumns)})
      select ${namesOf(endedColumns)} from sent where not ${isPurged} order by created_at, id
      on conflict do nothing
      returning id, hour, ${namesOf(subjectColumns)}, completion_status
    ),
    tried as (
      insert into attempt (${namesOf(triedColumns)}, correction)
      select ${namesOf(triedColumns, 'sent')}, 0
      from ${rowsOf(attempts, triedColumns, 'sent')} inner join ended on ended.id = sent.completion_id
      order by sent.started_at, sent.id
      on conflict do nothing
      returning completion_id, ${namesOf(endpointColumns)}, ${namesOf(usageColumns)}, is_counted, budgets_key
    ),
    booked as materialized (
      select ${owner}, ${sql.join(perEndpoint)},
        cast(sum(coalesce(tried.is_counted, 1)) as bigint) as requests, ${sql.join(sums)}
      from ended left join tried on tried.completion_id = ended.id
      group by ${owner}, ${namesOf(endpointColumns, 'tried')}
    ),
    hours as (
      insert into usage_hour (hour, ${namesOf([...subjectColumns, 'completion_status', ...endpointColumns, ...amounts])})
      select hour, ${namesOf([...subjectColumns, 'completion_status', ...endpointColumns, ...amounts])}
      from booked order by ${namesOf(usageHour.key)}
      on conflict (${namesOf(usageHour.key)}) do update set ${addedTo('usage_hour')}
    ),
    days as (${coarse(usageDay, sql`hour - hour % ${sql.lit(dayMs)}`)}),
    months as (${coarse(usageMonth, monthOf(sql.ref('hour')))})
    insert into budget_total (tenant_id, budget_key, resets_at, cost)
    select entry.tenant_id, entry.budget_key, max(entry.resets_at), cast(sum(tried.cost) as bigint)
    from tried inner join budget_entry as entry on entry.budgets_key = tried.budgets_key
    where tried.budgets_key <> ''
    group by entry.tenant_id, entry.budget_key order by entry.tenant_id, entry.budget_key
    on conflict (tenant_id, budget_key) do update set cost = budget_total.cost + excluded.cost`;
}

/** Books what was booked by hour into a coarser roll-up. */
function coarse({ table, at, subject, key }: RollUp, instant: RawBuilder<unknown>): RawBuilder<unknown> {
  const owner = [...subject, 'completion_status', ...endpointColumns];
  const sums = amounts.map(name => sql`cast(sum(${sql.ref(name)}) as bigint)`);
  return sql`
      insert into ${sql.table(table)} (${namesOf([at, ...owner, ...amounts])})
      select ${instant}, ${namesOf(owner)}, ${sql.join(sums)}
      from booked group by 1, ${namesOf(owner)} order by 1, ${namesOf(owner)}
      on conflict (${namesOf(key)}) do update set ${addedTo(table)}`;
}
