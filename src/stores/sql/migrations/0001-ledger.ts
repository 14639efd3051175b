import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { type ColumnTypes, columnTypes } from './column-types.ts';

/** Nine billion dollars: a sum that would leave 64 bits is refused before it does. */
const costCheck = sql`cost between 0 and 9000000000000000000`;

const subjectColumns = [
  'subject_key',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'workload',
  'labels_key',
] as const;

const tokenColumns = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
] as const;

type Table = CreateTableBuilder<string, string>;
type Text = ColumnTypes['text'];

function withTexts(text: Text, table: Table, names: readonly string[]): Table {
  return names.reduce((built, name) => built.addColumn(name, text, c => c.notNull()), table);
}

function withCounts(table: Table, names: readonly string[]): Table {
  return names.reduce(
    (built, name) => built.addColumn(name, 'bigint', c => c.notNull().check(sql`${sql.ref(name)} >= 0`)),
    table,
  );
}

function withOutcome(text: Text, table: Table): Table {
  return withCounts(table, [...tokenColumns, 'cache_write_long_tokens', 'is_estimated'])
    .addColumn('cost', 'bigint', c => c.notNull().check(costCheck))
    .addColumn('outcome', text)
    .addColumn('status', 'bigint')
    .addColumn('error', text)
    .addColumn('duration_ms', 'double precision', c => c.check(sql`duration_ms >= 0`))
    .addColumn('first_token_ms', 'double precision')
    .addColumn('provider_cost', 'bigint', c => c.check(sql`provider_cost >= 0`));
}

/** Completions, attempts, corrections and the roll-ups by hour. */
export const ledgerMigration: Migration = {
  async up(db: Kysely<unknown>) {
    const { text, isPostgres } = columnTypes(db);
    const byMonth = (column: string) => (table: Table) =>
      isPostgres ? table.modifyEnd(sql`partition by range (${sql.ref(column)})`) : table;
    await withTexts(text, withCounts(db.schema.createTable('completion'), ['created_at', 'hour']), [
      'id',
      ...subjectColumns,
      'entrance',
      'requested_model',
      'fallback_models',
      'labels',
      'features',
      'input_modalities',
      'routing',
      'redactions',
      'completion_status',
    ])
      .addColumn('estimated_input_tokens', 'bigint', c => c.notNull())
      .addColumn('max_output_tokens', 'bigint', c => c.notNull())
      .addColumn('route', text)
      .addColumn('error', text)
      .addColumn('endpoint_id', text)
      .addColumn('finish_reason', text)
      .addColumn('finished_at', 'bigint')
      .addColumn('first_token_ms', 'double precision')
      .addColumn('overhead_ms', 'double precision')
      .addPrimaryKeyConstraint('completion_key', ['created_at', 'id'])
      .$call(byMonth('created_at'))
      .execute();
    await db.schema
      .createIndex('completion_by_project')
      .on('completion')
      .columns(['project_path', 'created_at', 'id'])
      .execute();
    await sql`create index completion_running on completion (created_at, id) where completion_status = 'RUNNING'`.execute(
      db,
    );

    await withTexts(text, withOutcome(text, withCounts(db.schema.createTable('attempt'), ['started_at'])), [
      'id',
      'completion_id',
      'endpoint_id',
      'model_id',
      'provider_id',
      'vendor',
      'region',
    ])
      .addColumn('completion_created_at', 'bigint', c => c.notNull())
      .addColumn('price', text)
      .addColumn('is_assumed', 'bigint', c => c.notNull())
      .addColumn('is_counted', 'bigint', c => c.notNull())
      .addColumn('correction', 'bigint', c => c.notNull())
      .addPrimaryKeyConstraint('attempt_key', ['started_at', 'id'])
      .$call(byMonth('started_at'))
      .execute();
    // With the instant PostgreSQL takes it for certain, in months too that it knows nothing of yet.
    const ofCompletion = isPostgres ? ['completion_id', 'started_at'] : ['completion_id'];
    await db.schema.createIndex('attempt_by_completion').on('attempt').columns(ofCompletion).execute();

    await withOutcome(
      text,
      withCounts(db.schema.createTable('attempt_correction'), ['attempt_started_at', 'number', 'corrected_at']),
    )
      .addColumn('attempt_id', text, c => c.notNull())
      .addPrimaryKeyConstraint('attempt_correction_key', ['attempt_started_at', 'attempt_id', 'number'])
      .execute();

    await withTexts(text, withCounts(db.schema.createTable('usage_hour'), ['hour', 'requests', ...tokenColumns]), [
      ...subjectColumns,
      'model_id',
      'provider_id',
      'vendor',
      'region',
      'completion_status',
    ])
      .addColumn('cost', 'bigint', c => c.notNull().check(costCheck))
      .addPrimaryKeyConstraint('usage_hour_key', [
        'hour',
        'subject_key',
        'model_id',
        'provider_id',
        'vendor',
        'region',
        'completion_status',
      ])
      .execute();
    await db.schema.createIndex('usage_hour_by_project').on('usage_hour').columns(['project_path', 'hour']).execute();

    await withTexts(text, db.schema.createTable('project_lineage'), ['project_path', 'ancestor_id'])
      .addPrimaryKeyConstraint('project_lineage_key', ['ancestor_id', 'project_path'])
      .execute();
    await withTexts(text, db.schema.createTable('label_entry'), ['labels_key', 'name', 'value'])
      .addPrimaryKeyConstraint('label_entry_key', ['labels_key', 'name'])
      .execute();
    await db.schema.createIndex('label_entry_by_name').on('label_entry').columns(['name', 'value']).execute();
    await db.schema
      .createTable('endpoint_version')
      .addColumn('key', text, c => c.primaryKey())
      .addColumn('document', text, c => c.notNull())
      .execute();
    if (!isPostgres) return;
    // What no month was made for: see `ensurePartitions`.
    for (const table of ['completion', 'attempt']) {
      await sql`create table ${sql.ref(`${table}_default`)} partition of ${sql.ref(table)} default`.execute(db);
    }
  },
};
