import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { GatewayError } from '../../errors.ts';
import { ledgerMigration } from './migrations/0001-ledger.ts';
import { accessMigration } from './migrations/0002-access.ts';
import { policyMigration } from './migrations/0003-policies.ts';
import { erasableTextMigration } from './migrations/0004-erasable-text.ts';
import { budgetMigration } from './migrations/0005-budgets.ts';
import { usageDayMigration } from './migrations/0006-usage-days.ts';
import { purgedAmountsMigration } from './migrations/0007-purged-amounts.ts';
import type { Tables } from './tables.ts';

const migrations: Readonly<Record<string, Migration>> = {
  '0001-ledger': ledgerMigration,
  '0002-access': accessMigration,
  '0003-policies': policyMigration,
  '0004-erasable-text': erasableTextMigration,
  '0005-budgets': budgetMigration,
  '0006-usage-days': usageDayMigration,
  '0007-purged-amounts': purgedAmountsMigration,
};

/**
 * Brings a database to the version of this code, in one transaction.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where it is newer than this code, or a step failed; nothing has changed then.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
  const unknown = await appliedUnknown(db);
  if (unknown.length > 0) {
    throw new GatewayError(
      'STORE_UNAVAILABLE',
      `the database is newer than this version of the gateway (it has ${unknown.join(', ')}): upgrade the gateway, or restore a backup`,
      { retryable: false },
    );
  }
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  throw new GatewayError('STORE_UNAVAILABLE', 'the database could not be brought to this version', { cause: error });
}

async function appliedUnknown(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const applied = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  return applied.map(({ name }) => name).filter(name => !Object.hasOwn(migrations, name));
}
