import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** Projects, API keys and wrapped secrets. */
export const accessMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text, bytes } = columnTypes(db);
    await db.schema
      .createTable('project')
      .addColumn('id', text, c => c.primaryKey())
      .addColumn('name', text, c => c.notNull())
      .addColumn('parent_id', text, c => c.references('project.id'))
      .addColumn('workloads', text)
      .addColumn('created_at', 'bigint', c => c.notNull())
      .execute();
    await db.schema.createIndex('project_by_parent').on('project').column('parent_id').execute();
    await db.schema
      .createTable('api_key')
      .addColumn('id', text, c => c.primaryKey())
      .addColumn('name', text, c => c.notNull())
      .addColumn('prefix', text, c => c.notNull())
      .addColumn('project_id', text, c => c.notNull().references('project.id'))
      .addColumn('role', text, c => c.notNull())
      .addColumn('workloads', text)
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .addColumn('secret_hash', bytes, c => c.notNull().unique().check(sql`length(secret_hash) = 32`))
      .execute();
    await db.schema
      .createIndex('api_key_by_project')
      .on('api_key')
      .columns(['project_id', 'created_at', 'id'])
      .execute();
    await db.schema
      .createTable('secret')
      .addColumn('name', text, c => c.primaryKey())
      .addColumn('value', bytes, c => c.notNull())
      .execute();
  },
};
