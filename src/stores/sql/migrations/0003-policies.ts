import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** Policies, the audit log, kept text, and how long facts are kept. */
export const policyMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    await db.schema
      .createTable('policy')
      .addColumn('id', text, c => c.primaryKey())
      .addColumn('owner_id', text, c => c.references('project.id'))
      .addColumn('name', text, c => c.notNull())
      .addColumn('description', text)
      .addColumn('revision', 'bigint', c => c.notNull().check(sql`revision > 0`))
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('is_deleted', 'bigint', c => c.notNull())
      .execute();
    await db.schema
      .createTable('policy_revision')
      .addColumn('policy_id', text, c => c.notNull().references('policy.id'))
      .addColumn('revision', 'bigint', c => c.notNull())
      .addColumn('revised_at', 'bigint', c => c.notNull())
      .addColumn('revised_by', text, c => c.notNull())
      .addColumn('mode', text, c => c.notNull())
      .addColumn('applies_to', text, c => c.notNull())
      .addColumn('rules', text, c => c.notNull())
      .addPrimaryKeyConstraint('policy_revision_key', ['policy_id', 'revision'])
      .execute();
    await db.schema
      .createTable('policy_version')
      .addColumn('one', 'bigint', c => c.primaryKey().check(sql`one = 1`))
      .addColumn('version', 'bigint', c => c.notNull())
      .execute();
    await sql`insert into policy_version (one, version) values (1, 0)`.execute(db);

    await db.schema
      .createTable('audit_entry')
      .addColumn('number', 'bigint', c => c.primaryKey().check(sql`number > 0`))
      .addColumn('id', text, c => c.notNull().unique())
      .addColumn('tenant_id', text, c => c.notNull())
      .addColumn('occurred_at', 'bigint', c => c.notNull())
      .addColumn('actor', text, c => c.notNull())
      .addColumn('action', text, c => c.notNull())
      .addColumn('target', text, c => c.notNull())
      .addColumn('change', text, c => c.notNull())
      .addColumn('previous_hash', text, c => c.notNull().unique())
      .addColumn('hash', text, c => c.notNull().unique())
      .execute();
    await db.schema.createIndex('audit_entry_by_tenant').on('audit_entry').columns(['tenant_id', 'number']).execute();

    await db.schema
      .createTable('content')
      .addColumn('completion_id', text, c => c.primaryKey())
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('tenant_id', text, c => c.notNull())
      .addColumn('project_id', text, c => c.notNull())
      .addColumn('project_path', text, c => c.notNull())
      .addColumn('api_key_id', text, c => c.notNull())
      .addColumn('user_name', text, c => c.notNull())
      .addColumn('keep_until', 'bigint', c => c.notNull())
      .addColumn('prompt', text, c => c.notNull())
      .addColumn('answer', text, c => c.notNull())
      .execute();
    await db.schema.createIndex('content_by_end').on('content').columns(['keep_until', 'completion_id']).execute();
    await db.schema.createIndex('content_by_user').on('content').columns(['user_name', 'completion_id']).execute();
    await db.schema
      .createTable('content_hold')
      .addColumn('id', text, c => c.primaryKey())
      .addColumn('project_id', text, c => c.notNull())
      .addColumn('user_name', text, c => c.notNull())
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('created_by', text, c => c.notNull())
      .execute();

    await db.schema.alterTable('completion').addColumn('facts_until', 'bigint').execute();
    await db.schema.alterTable('completion').addColumn('receipt', text).execute();
    await sql`create index completion_by_end on completion (facts_until) where facts_until is not null`.execute(db);
  },
};
