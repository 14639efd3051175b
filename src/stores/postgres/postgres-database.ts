import { Kysely, PostgresDialect } from 'kysely';
import type { ReadLane, SqlCall, SqlDatabase, SqlRow } from '../sql/sql-database.ts';
import type { Tables } from '../sql/tables.ts';
import { failureError } from '../sql/write-failure.ts';
import type { PostgresAddress } from './postgres-address.ts';
import { failureOf, sqlStateOf } from './postgres-failure.ts';
import { openPostgresPool, type PostgresConnection, type PostgresPool, type PostgresQuery } from './postgres-pool.ts';
import { stepName } from './statement-names.ts';
import { vacuumContent } from './vacuum-content.ts';
import { bind, writeBatch, writeMade } from './write-batch.ts';
import { writeQueue } from './write-queue.ts';

export interface PostgresDatabaseOptions {
  readonly address: PostgresAddress;
  /** Connections for what requests wait for. */
  readonly lookupConnections: number;
  /** Connections for reports. One more writes, and two maintain. */
  readonly reportConnections: number;
  /** How long connecting may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long a lookup or a batch of writes may take, in milliseconds. */
  readonly callTimeoutMs: number;
  /** How long a report may take, in milliseconds. */
  readonly reportTimeoutMs: number;
  /** How long migrations and clearing up may take, in milliseconds. */
  readonly maintenanceTimeoutMs: number;
}

/** A PostgreSQL database as the stores see it. */
export interface PostgresDatabase extends SqlDatabase {
  /** Changes tables: one at a time, with much time. */
  readonly maintenance: PostgresPool;
  /** Finishes what was asked before, then closes all connections. */
  close(): Promise<void>;
}

/** Beyond so many waiting calls the database is not keeping up, and further ones are refused. */
const waitingLimit = 50_000;
const batchSize = 500;
const snapshot: PostgresQuery = { text: 'begin isolation level repeatable read read only' };
const end: PostgresQuery = { text: 'commit' };

/** Opens a database. Nothing is connected before the first call; what is lost is connected anew. */
export function openPostgresDatabase(options: PostgresDatabaseOptions): PostgresDatabase {
  const { address, connectTimeoutMs, callTimeoutMs, reportTimeoutMs, maintenanceTimeoutMs } = options;
  const pool = (name: string, connections: number, timeoutMs: number, isReader: boolean): PostgresPool =>
    openPostgresPool({
      address,
      name: `tollgate ${name}`,
      connections,
      connectTimeoutMs,
      statementTimeoutMs: timeoutMs,
      // The server stops it first, and says so; this is for one that no longer answers.
      useTimeoutMs: timeoutMs + 1000,
      waitMs: timeoutMs,
      waitingLimit,
      isReader,
    });
  const writer = pool('writes', 1, callTimeoutMs, false);
  const maintenance = pool('maintenance', 2, maintenanceTimeoutMs, false);
  const lanes: Readonly<Record<ReadLane, PostgresPool>> = {
    lookup: pool('lookups', options.lookupConnections, callTimeoutMs, true),
    report: pool('reports', options.reportConnections, reportTimeoutMs, true),
  };
  const queue = writeQueue({
    writeBatch: units => writer.use(connection => writeBatch(connection, units)),
    writeMade: unit => writer.use(connection => writeMade(connection, unit)),
    waitingLimit,
    batchSize,
    waitMs: callTimeoutMs,
  });
  let closing: Promise<void> | undefined;

  return {
    query: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: maintenance.forKysely }) }),
    maintenance,
    write: queue.write,
    writeOn: (question, make) => queue.write({ question, make }),
    async read(calls, lane) {
      if (closing !== undefined) throw failureError({ kind: 'fault', message: 'the store was closed' });
      const ask = () => lanes[lane].use(connection => readAll(connection, calls));
      try {
        return await ask().catch(error => {
          if (!isLost(error)) throw error;
          return ask();
        });
      } catch (error) {
        throw failureError(failureOf(error));
      }
    },
    scrub: () => vacuumContent(maintenance),
    close() {
      closing ??= (async () => {
        await queue.close();
        await Promise.all([lanes.lookup, lanes.report, writer, maintenance].map(each => each.close()));
      })();
      return closing;
    },
  };
}

/** One statement is one snapshot by itself. */
async function readAll(
  connection: PostgresConnection,
  calls: readonly SqlCall[],
): Promise<readonly (readonly SqlRow[])[]> {
  const queries = calls.flatMap(({ program, values }) =>
    program.steps.map(
      (step): PostgresQuery => ({
        text: step.sql,
        values: bind(step, values),
        ...(program.isKept ? { name: stepName(step) } : {}),
      }),
    ),
  );
  const sent = queries.length === 1 ? queries : [snapshot, ...queries, end];
  const answers = await Promise.allSettled(sent.map(query => connection.query(query)));
  const results = answers.map(answer => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value.rows;
  });
  return queries.length === 1 ? results : results.slice(1, -1);
}

/** Whether the connection went away under the question, or knows its statements no more: asked again it may do well. */
function isLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return ['57P01', '57P02', '26000', '0A000', '08006', '08003'].includes(state);
  return error instanceof Error && /Connection terminated|not queryable|ECONNRESET|EPIPE/.test(error.message);
}
