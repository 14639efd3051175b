import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

const key = [
  'tenant_id',
  'project_id',
  'project_path',
  'model_id',
  'provider_id',
  'vendor',
  'region',
  'completion_status',
] as const;
const counts = [
  'requests',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
] as const;

type Table = CreateTableBuilder<string, string>;

/** Usage by calendar month in UTC: what bills, and reports over whole months, are read from. */
export const usageMonthMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { isPostgres, text } = columnTypes(db);
    const months: Table = db.schema.createTable('usage_month').addColumn('month', 'bigint', c => c.notNull());
    const texts = key.reduce((built, name) => built.addColumn(name, text, c => c.notNull()), months);
    const table = counts
      .reduce(
        (built, name) => built.addColumn(name, 'bigint', c => c.notNull().check(sql`${sql.ref(name)} >= 0`)),
        texts,
      )
      .addColumn('cost', 'bigint', c => c.notNull().check(sql`cost between 0 and 9000000000000000000`))
      .addPrimaryKeyConstraint('usage_month_key', ['month', ...key]);
    await (isPostgres ? table : table.modifyEnd(sql`without rowid`)).execute();
    await db.schema
      .createIndex('usage_month_by_project')
      .on('usage_month')
      .columns(['project_path', 'month'])
      .execute();

    const keys = sql.join(key.map(name => sql.ref(name)));
    const amounts = [...counts, 'cost'];
    const { rows } = await sql<{ readonly first: unknown; readonly last: unknown }>`
      select min(day) as first, max(day) as last from usage_day`.execute(db);
    const { first = null, last = null } = rows[0] ?? {};
    if (first === null || last === null) return;
    for (let month = new Date(Number(first)); Number(month) <= Number(last); ) {
      const [year, index] = [month.getUTCFullYear(), month.getUTCMonth()];
      const [from, to] = [Date.UTC(year, index), Date.UTC(year, index + 1)];
      await sql`
        insert into usage_month (month, ${keys}, ${sql.join(amounts.map(name => sql.ref(name)))})
        select ${sql.lit(from)}, ${keys}, ${sql.join(amounts.map(name => sql`cast(sum(${sql.ref(name)}) as bigint)`))}
        from usage_day where day >= ${sql.lit(from)} and day < ${sql.lit(to)}
        group by ${keys}`.execute(db);
      month = new Date(to);
    }
  },
};
