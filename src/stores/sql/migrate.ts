import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { GatewayError } from '../../errors.ts';
import { ledgerMigration } from './migrations/0001-ledger.ts';
import { accessMigration } from './migrations/0002-access.ts';
import { policyMigration } from './migrations/0003-policies.ts';
import { erasableTextMigration } from './migrations/0004-erasable-text.ts';
import { budgetMigration } from './migrations/0005-budgets.ts';
import { usageDayMigration } from './migrations/0006-usage-days.ts';
import { nodeMigration } from './migrations/0007-nodes.ts';
import { purgedAmountsMigration } from './migrations/0008-purged-amounts.ts';
import { journalMigration } from './migrations/0009-journals.ts';
import { usageMonthMigration } from './migrations/0010-usage-months.ts';
import { idempotencyKeyMigration } from './migrations/0011-idempotency-keys.ts';
import type { Tables } from './tables.ts';

const migrations: Readonly<Record<string, Migration>> = {
  '0001-ledger': ledgerMigration,
  '0002-access': accessMigration,
  '0003-policies': policyMigration,
  '0004-erasable-text': erasableTextMigration,
  '0005-budgets': budgetMigration,
  '0006-usage-days': usageDayMigration,
  '0007-nodes': nodeMigration,
  '0008-purged-amounts': purgedAmountsMigration,
  '0009-journals': journalMigration,
  '0010-usage-months': usageMonthMigration,
  '0011-idempotency-keys': idempotencyKeyMigration,
};

/**
 * Brings a database to the version of this code, in one transaction; where several do so at once, each waits for the first.
 *
 * @returns The steps that were made, by name; none where it is at this version.
 * @throws {GatewayError} STORE_UNAVAILABLE where it is newer than this code, or a step failed; nothing has changed then.
 */
export async function migrate(db: Kysely<Tables>): Promise<readonly string[]> {
  await refuseNewer(db);
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  // Somebody with a newer version may have been faster.
  await refuseNewer(db);
  throw new GatewayError('STORE_UNAVAILABLE', 'the database could not be brought to this version', { cause: error });
}

/**
 * Makes sure that a database is at the version of this code, and changes nothing.
 *
 * @returns No steps.
 * @throws {GatewayError} STORE_UNAVAILABLE where it is older or newer.
 */
export async function demandMigrated(db: Kysely<Tables>): Promise<readonly string[]> {
  const applied = await refuseNewer(db);
  if (applied.length === Object.keys(migrations).length) return [];
  throw new GatewayError(
    'STORE_UNAVAILABLE',
    `the database is ${applied.length === 0 ? 'empty' : 'older than this version of the gateway'}: run "tollgate migrate" first`,
    { retryable: false },
  );
}

/** @returns What was applied. */
async function refuseNewer(db: Kysely<Tables>): Promise<readonly string[]> {
  const applied = await appliedNames(db);
  const unknown = applied.filter(name => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return applied;
  throw new GatewayError(
    'STORE_UNAVAILABLE',
    `the database is newer than this version of the gateway (it has ${unknown.join(', ')}): upgrade the gateway, or restore a backup`,
    { retryable: false },
  );
}

async function appliedNames(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const applied = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  return applied.map(({ name }) => name);
}
