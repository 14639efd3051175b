import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** What a ledger that nodes ship their journals to has to know of completions beside their rows. */
export const journalMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    for (const [table, instant] of [
      ['adopted_completion', 'adopted_at'],
      ['purged_completion', 'purged_at'],
    ] as const) {
      await db.schema
        .createTable(table)
        .addColumn('created_at', 'bigint', c => c.notNull())
        .addColumn('id', text, c => c.notNull())
        .addColumn(instant, 'bigint', c => c.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ['created_at', 'id'])
        .execute();
    }
    await db.schema.createIndex('purged_completion_by_instant').on('purged_completion').column('purged_at').execute();
    await db.schema
      .createTable('refused_completion')
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('id', text, c => c.notNull())
      .addColumn('refused_at', 'bigint', c => c.notNull())
      .addColumn('reason', text, c => c.notNull())
      .addPrimaryKeyConstraint('refused_completion_key', ['created_at', 'id'])
      .execute();
  },
};
