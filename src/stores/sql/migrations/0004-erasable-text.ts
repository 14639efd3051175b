import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** More than SQLite keeps of a row outside of pages of its own: 1002 bytes of a table without row ids, in pages of 4 KiB. */
const fillerLength = 1024;

const columns = [
  'completion_id',
  'created_at',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'keep_until',
  'prompt',
  'answer',
] as const;

/**
 * Moves kept text to where deleting it leaves nothing behind.
 *
 * SQLite moves short rows from page to page when others are deleted, and leaves copies in the page that they left, which
 * `secure_delete` does not overwrite. What is longer than a page holds of it stands in pages of its own: these are
 * overwritten when the row goes, and no other row touches them. The filler comes before the text, so that all of the text
 * is there. See https://www.sqlite.org/fileformat2.html, 1.6.
 */
export const erasableTextMigration: Migration = {
  async up(db: Kysely<unknown>) {
    // PostgreSQL clears whole rows when it vacuums, wherever they stand.
    if (columnTypes(db).isPostgres) return;
    await db.schema.alterTable('content').renameTo('content_before').execute();
    await db.schema
      .createTable('content')
      .addColumn('completion_id', 'text', c => c.primaryKey())
      .addColumn('created_at', 'bigint', c => c.notNull())
      .addColumn('tenant_id', 'text', c => c.notNull())
      .addColumn('project_id', 'text', c => c.notNull())
      .addColumn('project_path', 'text', c => c.notNull())
      .addColumn('api_key_id', 'text', c => c.notNull())
      .addColumn('user_name', 'text', c => c.notNull())
      .addColumn('keep_until', 'bigint', c => c.notNull())
      .addColumn('filler', 'text', c => c.notNull().defaultTo('.'.repeat(fillerLength)))
      .addColumn('prompt', 'text', c => c.notNull())
      .addColumn('answer', 'text', c => c.notNull())
      .modifyEnd(sql`without rowid`)
      .execute();
    const list = sql.join(columns.map(name => sql.ref(name)));
    await sql`insert into content (${list}) select ${list} from content_before`.execute(db);
    await db.schema.dropTable('content_before').execute();
    await db.schema.createIndex('content_by_end').on('content').columns(['keep_until', 'completion_id']).execute();
    await db.schema.createIndex('content_by_user').on('content').columns(['user_name', 'completion_id']).execute();
  },
};
