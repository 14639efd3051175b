import { sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import { demandMigrated, migrate } from '../sql/migrate.ts';
import { type Stores, storesOn } from '../sql/stores.ts';
import { failureError } from '../sql/write-failure.ts';
import { makePartitions } from './month-partitions.ts';
import { readPostgresAddress } from './postgres-address.ts';
import { openPostgresDatabase, type PostgresDatabase, type PostgresDatabaseOptions } from './postgres-database.ts';
import { failureOf } from './postgres-failure.ts';

export interface PostgresStoresOptions {
  /** See `readPostgresAddress`. */
  readonly url: string;
  /**
   * Whether the database is brought to this version `at-start`, or has to be at it already, for a user that may not change
   * tables. Default: `at-start`.
   */
  readonly migrate?: 'at-start' | 'off';
  /** Connections for what requests wait for. Default: 4. */
  readonly lookupConnections?: number;
  /** Connections for reports. Default: 3. Beside both, up to 3 more write and maintain. */
  readonly reportConnections?: number;
  /** How long connecting may take, in milliseconds. Default: 5000. */
  readonly connectTimeoutMs?: number;
  /** How long a lookup, or a batch of writes, may take, in milliseconds. Default: 10 000. */
  readonly callTimeoutMs?: number;
  /** How long a report may take, in milliseconds. Default: 60 000. */
  readonly reportTimeoutMs?: number;
  /** How long migrations and the clearing up after deletions may take, in milliseconds. Default: ten minutes. */
  readonly maintenanceTimeoutMs?: number;
  /** Milliseconds since the epoch, for the audit log and the months. Default: the machine's clock. */
  readonly now?: () => number;
}

/** How far ahead months are made. */
const aheadMs = 92 * 86_400_000;

/**
 * Opens the stores in a PostgreSQL database, 15 or later, of which this installation has the schema to itself.
 *
 * Any number of nodes may open it at once. It heals by itself when the server was away; until then every call is rejected.
 *
 * @throws {TypeError} Names the option that is wrong.
 * @throws {GatewayError} STORE_UNAVAILABLE where it cannot be reached, is too old, or is not at the version of this code.
 */
export async function openPostgresStores(options: PostgresStoresOptions): Promise<Stores> {
  const { now = Date.now } = options;
  const database = openNamed({
    address: addressOf(options.url),
    lookupConnections: count('lookupConnections', options.lookupConnections ?? 4),
    reportConnections: count('reportConnections', options.reportConnections ?? 3),
    connectTimeoutMs: count('connectTimeoutMs', options.connectTimeoutMs ?? 5000),
    callTimeoutMs: count('callTimeoutMs', options.callTimeoutMs ?? 10_000),
    reportTimeoutMs: count('reportTimeoutMs', options.reportTimeoutMs ?? 60_000),
    maintenanceTimeoutMs: count('maintenanceTimeoutMs', options.maintenanceTimeoutMs ?? 600_000),
  });
  let isOpen = true;
  let migrated: readonly string[] = [];
  const ensurePartitions = (at: number, since = at) =>
    orUnavailable(makePartitions(database.query, since, at + aheadMs));
  try {
    await orUnavailable(refuseUnfit(database));
    if (options.migrate === 'off') {
      await orUnavailable(demandMigrated(database.query));
    } else {
      migrated = await orUnavailable(migrate(database.query));
      await ensurePartitions(now());
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    ...storesOn(database, now),
    migrated,
    ensurePartitions,
    get isUsable() {
      return isOpen;
    },
    async close() {
      isOpen = false;
      await database.close();
    },
  };
}

async function refuseUnfit({ query }: PostgresDatabase): Promise<void> {
  const { rows } = await sql<{ readonly version: bigint; readonly encoding: string }>`
    select current_setting('server_version_num')::bigint as version, current_setting('server_encoding') as encoding
  `.execute(query);
  const [{ version = 0n, encoding = '' } = {}] = rows;
  const message =
    version < 150_000n
      ? 'the database server is older than PostgreSQL 15'
      : encoding !== 'UTF8'
        ? 'the database does not keep its text as UTF8: make it with "create database … encoding \'UTF8\'"'
        : undefined;
  if (message !== undefined) throw new GatewayError('STORE_UNAVAILABLE', message, { retryable: false });
}

/** What Kysely throws is what pg threw. */
async function orUnavailable<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw failureError({ kind: 'fault', message: failureOf(error).message });
  }
}

const addressOf = (url: string) => ofUrl(() => readPostgresAddress(url));
const openNamed = (options: PostgresDatabaseOptions) => ofUrl(() => openPostgresDatabase(options));

function ofUrl<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof TypeError ? new TypeError(`url: ${error.message}`) : error;
  }
}

function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`${name}: a whole number above 0 is needed`);
}
