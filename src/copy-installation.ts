import type { Config } from './config.ts';
import { openKeyring } from './identity/secrets.ts';
import { openMasterSecrets } from './identity/state-secret.ts';
import { openPostgresStores } from './stores/postgres/open-postgres-stores.ts';
import { openPostgresTarget } from './stores/postgres/postgres-tables.ts';
import type { SecretStore } from './stores/secret-store.ts';
import { type CopiedTables, type CopyProgress, copyTables, type TableSource } from './stores/sql/copy-tables.ts';
import { openSqliteStores } from './stores/sqlite/open-sqlite-stores.ts';
import { freshSqliteTables, openSqliteTables } from './stores/sqlite/sqlite-tables.ts';
import { systemClock } from './system-clock.ts';

export interface CopyInstallationOptions {
  /** Of the installation, whose state folder is locked. Its `secret` wraps the keys of the copy. */
  readonly config: Config;
  /** The SQLite file. */
  readonly file: string;
  /** Of an empty PostgreSQL database. */
  readonly url: string;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** What falls before goes to a partition that is not kept by month. */
const mostMonthsMs = 10 * 366 * 86_400_000;

/**
 * Copies a whole SQLite installation into an empty PostgreSQL database, in one transaction: a copy that was cut off leaves
 * nothing but empty tables, and can be begun again. The source stays as it is.
 *
 * @throws {GatewayError} CONFLICT where the database is in use already; STORE_UNAVAILABLE.
 */
export async function copyInstallation(options: CopyInstallationOptions): Promise<CopiedTables> {
  const { config, file, url, onProgress } = options;
  const opened: { close(): Promise<void> }[] = [];
  const noted = <T extends { close(): Promise<void> }>(each: T): T => {
    opened.unshift(each);
    return each;
  };
  try {
    const stores = noted(await openPostgresStores({ url }));
    await settleSource(file);
    const source = noted(await openSqliteTables(file));
    const fresh = noted(await freshSqliteTables());
    await stores.ensurePartitions(systemClock.now(), await firstInstant(source));
    const copied = await copyTables({ source, fresh, target: noted(openPostgresTarget(url)), onProgress });
    await wrapKeys(config, stores.secrets);
    return copied;
  } finally {
    for (const each of opened) await each.close();
  }
}

/** The secret of the state folder is not known to other nodes: what it wraps is wrapped with the one that they have. */
async function wrapKeys({ stateDir, secret, previousSecret }: Config, store: SecretStore): Promise<void> {
  const master = await openMasterSecrets({
    stateDir,
    ...(secret === undefined ? {} : { secret: secret.reveal() }),
    ...(previousSecret === undefined ? {} : { previousSecret: previousSecret.reveal() }),
  });
  await openKeyring({ store, ...master });
}

/** Brings it to this version, and ends what a dead process left running: among several nodes nobody could tell. */
async function settleSource(file: string): Promise<void> {
  const stores = await openSqliteStores({ file });
  try {
    await stores.ledger.recover(systemClock.now());
  } finally {
    await stores.close();
  }
}

async function firstInstant(source: TableSource): Promise<number> {
  const now = systemClock.now();
  const spans = await Promise.all([source.span('completion', 'created_at'), source.span('attempt', 'started_at')]);
  return Math.max(now - mostMonthsMs, Math.min(now, ...spans.map(span => span?.from ?? now)));
}
