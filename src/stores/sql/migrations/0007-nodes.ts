import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnTypes } from './column-types.ts';

/** The nodes of an installation, and what tells them that keys and projects have changed. */
export const nodeMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text } = columnTypes(db);
    await db.schema
      .createTable('node')
      .addColumn('boot_id', text, c => c.primaryKey())
      .addColumn('id', text, c => c.notNull())
      .addColumn('address', text, c => c.notNull())
      .addColumn('started_at', 'bigint', c => c.notNull())
      .addColumn('seen_at', 'bigint', c => c.notNull())
      .addColumn('stopped_at', 'bigint')
      .addColumn('policy_version', 'bigint', c => c.notNull())
      .addColumn('access_version', 'bigint', c => c.notNull())
      .execute();
    await db.schema
      .createTable('access_version')
      .addColumn('one', 'bigint', c => c.primaryKey().check(sql`one = 1`))
      .addColumn('version', 'bigint', c => c.notNull())
      .execute();
    await sql`insert into access_version (one, version) values (1, 0)`.execute(db);
    await db.schema.alterTable('api_key').addColumn('revoked_version', 'bigint').execute();
    await sql`create index api_key_by_revocation on api_key (revoked_version) where revoked_version is not null`.execute(
      db,
    );
  },
};
