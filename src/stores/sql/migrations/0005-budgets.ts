import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** The budget levels that attempts are counted against, and what is booked on each. */
export const budgetMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    await db.schema
      .alterTable('attempt')
      .addColumn('budgets_key', text, c => c.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createTable('budget_entry')
      .addColumn('budgets_key', text, c => c.notNull())
      .addColumn('tenant_id', text, c => c.notNull())
      .addColumn('budget_key', text, c => c.notNull())
      .addColumn('resets_at', 'bigint')
      .addPrimaryKeyConstraint('budget_entry_key', ['budgets_key', 'tenant_id', 'budget_key'])
      .execute();
    await db.schema
      .createTable('budget_total')
      .addColumn('tenant_id', text, c => c.notNull())
      .addColumn('budget_key', text, c => c.notNull())
      .addColumn('resets_at', 'bigint')
      .addColumn('cost', 'bigint', c => c.notNull().check(sql`cost between 0 and 9000000000000000000`))
      .addPrimaryKeyConstraint('budget_total_key', ['tenant_id', 'budget_key'])
      .execute();
    await db.schema.createIndex('budget_total_by_end').on('budget_total').columns(['tenant_id', 'resets_at']).execute();
  },
};
