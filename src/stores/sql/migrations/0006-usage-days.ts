import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

const subject = ['tenant_id', 'project_id', 'project_path'] as const;
const endpoint = ['model_id', 'provider_id', 'vendor', 'region', 'completion_status'] as const;
const counts = [
  'requests',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
] as const;

type Table = CreateTableBuilder<string, string>;

/** Usage by day, without keys, users, workloads and labels: what reports and statements over months are read from. */
export const usageDayMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { isPostgres, text } = columnTypes(db);
    const days: Table = db.schema.createTable('usage_day').addColumn('day', 'bigint', c => c.notNull());
    const texts = [...subject, ...endpoint].reduce(
      (built, name) => built.addColumn(name, text, c => c.notNull()),
      days,
    );
    const table = counts
      .reduce(
        (built, name) => built.addColumn(name, 'bigint', c => c.notNull().check(sql`${sql.ref(name)} >= 0`)),
        texts,
      )
      .addColumn('cost', 'bigint', c => c.notNull().check(sql`cost between 0 and 9000000000000000000`))
      .addPrimaryKeyConstraint('usage_day_key', ['day', ...subject, ...endpoint]);
    await (isPostgres ? table : table.modifyEnd(sql`without rowid`)).execute();
    await db.schema.createIndex('usage_day_by_project').on('usage_day').columns(['project_path', 'day']).execute();

    const dayMs = sql.lit(86_400_000);
    const keys = sql.join([...subject, ...endpoint].map(name => sql.ref(name)));
    const amounts = [...counts, 'cost'];
    await sql`
      insert into usage_day (day, ${keys}, ${sql.join(amounts.map(name => sql.ref(name)))})
      select hour - hour % ${dayMs}, ${keys}, ${sql.join(amounts.map(name => sql`cast(sum(${sql.ref(name)}) as bigint)`))}
      from usage_hour
      group by hour - hour % ${dayMs}, ${keys}`.execute(db);
  },
};
