import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** Which completion runs, or ended, under each idempotency key: hashes, ids and figures. */
export const idempotencyKeyMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    await db.schema
      .createTable('idempotency_key')
      .addColumn('key', text, c => c.primaryKey().notNull())
      .addColumn('input', text, c => c.notNull())
      .addColumn('completion_id', text, c => c.notNull())
      .addColumn('is_logged', 'integer', c => c.notNull())
      .addColumn('lease_until', 'bigint', c => c.notNull())
      .addColumn('attended_until', 'bigint', c => c.notNull())
      .addColumn('status', text, c => c.notNull())
      .addColumn('cost', 'bigint', c => c.notNull())
      .addColumn('kept_until', 'bigint', c => c.notNull())
      .execute();
    await db.schema.createIndex('idempotency_key_by_end').on('idempotency_key').column('kept_until').execute();
  },
};
