import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

const amounts = [
  'requests',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cost',
] as const;

/** What was purged, added up, so that what is left can be checked against the roll-ups. */
export const purgedAmountsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    const hours = db.schema.createTable('purged_hour').addColumn('hour', 'bigint', c => c.primaryKey());
    await amounts
      .reduce(
        (table, name) => table.addColumn(name, 'bigint', c => c.notNull()),
        hours as CreateTableBuilder<string, string>,
      )
      .execute();
    await db.schema
      .createTable('purged_budget')
      .addColumn('tenant_id', text, c => c.notNull())
      .addColumn('budget_key', text, c => c.notNull())
      .addColumn('cost', 'bigint', c => c.notNull())
      .addPrimaryKeyConstraint('purged_budget_key', ['tenant_id', 'budget_key'])
      .execute();
    await db.schema.createIndex('budget_total_ended').on('budget_total').column('resets_at').execute();
    await sql`create index budget_entry_by_end on budget_entry (resets_at) where resets_at is not null`.execute(db);

    const of = (name: string, sign: string) =>
      name === 'requests'
        ? sql`${sql.raw(sign)}coalesce(attempt.is_counted, 1)`
        : sql`${sql.raw(sign)}coalesce(${sql.ref(`correction.${name}`)}, ${sql.ref(`attempt.${name}`)}, 0)`;
    const names = sql.join(amounts.map(name => sql.ref(name)));
    const sums = sql.join(amounts.map(name => sql`cast(sum(${sql.ref(name)}) as bigint)`));
    const differs = sql.join(
      amounts.map(name => sql`sum(${sql.ref(name)}) <> 0`),
      sql` or `,
    );
    // What was purged before: what the roll-ups have more than the rows.
    await sql`
      insert into purged_hour (hour, ${names})
      select hour, ${sums} from (
        select hour, ${names} from usage_hour
        union all
        select completion.hour, ${sql.join(amounts.map(name => of(name, '-')))}
        from completion left join attempt on attempt.completion_id = completion.id
          left join attempt_correction as correction
            on correction.attempt_started_at = attempt.started_at and correction.attempt_id = attempt.id
            and correction.number = attempt.correction
        where completion.completion_status <> 'RUNNING'
      ) as entry
      group by hour having ${differs}`.execute(db);
  },
};
