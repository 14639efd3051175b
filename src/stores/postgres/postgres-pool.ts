import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { PostgresPool as KyselyPool } from 'kysely';
import pg from 'pg';
import type { SqlRow, SqlValue } from '../sql/sql-database.ts';
import { connectionSlots } from './connection-slots.ts';
import type { PostgresAddress, PostgresTls } from './postgres-address.ts';
import { failureOf } from './postgres-failure.ts';
import { sentParameter, valueTypes } from './postgres-values.ts';

export interface PostgresQuery {
  readonly text: string;
  /** Lists are arrays of PostgreSQL. */
  readonly values?: readonly (SqlValue | readonly SqlValue[])[];
  /** Prepares it once for each connection. */
  readonly name?: string;
}

export interface PostgresResult {
  readonly rows: readonly SqlRow[];
  /** What was done, in one word. */
  readonly command: string;
  /** How many rows were read or changed. */
  readonly count: number;
}

export interface PostgresConnection {
  /** Sends it at once, whatever is still to be answered; the answers come in the order of asking. */
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** What the server warned of since this use began. */
  readonly warnings: readonly string[];
}

export interface PostgresPoolOptions {
  readonly address: PostgresAddress;
  /** What the server shows beside the connections. */
  readonly name: string;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** After so long the server stops a statement. */
  readonly statementTimeoutMs: number;
  /** After so long a use is given up, its connection closed, and nobody knows what came of it. */
  readonly useTimeoutMs: number;
  /** How long to wait for a connection while all are in use. */
  readonly waitMs: number;
  readonly waitingLimit: number;
  /** Refuses to write. */
  readonly isReader: boolean;
}

/** Connections to one database, made when needed. One that is lost is replaced by the next use. */
export interface PostgresPool {
  /**
   * Gives one connection to `work` alone, until its promise settles; by then all its queries must have been answered.
   *
   * A connection that met a fault is closed.
   */
  use<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T>;
  /** For Kysely's migrations. */
  readonly forKysely: KyselyPool;
  /** Waits for what was asked before, and closes all. To be called once. */
  close(): Promise<void>;
}

/** Nobody waits for the next statement of somebody who has gone. */
const idleInTransactionMs = 5000;
const keepAliveAfterMs = 30_000;
const idleMs = 300_000;
const lifetimeSeconds = 3600;

/** Opens a pool. Nothing is connected before the first use. Throws a TypeError where a file of certificates cannot be read. */
export function openPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { address, name, connections, connectTimeoutMs, statementTimeoutMs, useTimeoutMs, isReader } = options;
  const slots = connectionSlots(connections, options.waitingLimit, options.waitMs);
  const ownOptions = isReader ? '-c default_transaction_read_only=on' : '-c plan_cache_mode=force_generic_plan';
  const serverOptions = [address.options ?? '', ownOptions].filter(text => text !== '').join(' ');
  const pool = new pg.Pool({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    ...(address.password === undefined ? {} : { password: address.password }),
    ssl: address.tls.mode === 'disable' ? false : tlsOptions(address.tls),
    application_name: address.applicationName ?? name,
    options: serverOptions,
    types: valueTypes,
    pipeline: true,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    idleTimeoutMillis: idleMs,
    maxLifetimeSeconds: lifetimeSeconds,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    allowExitOnIdle: true,
  });
  // A connection that breaks says so to whoever uses it; while nobody does, the pool forgets it.
  pool.on('error', () => {});
  pool.on('connect', client => client.on('error', () => {}));

  const uses = new Set<Promise<unknown>>();

  async function takeAndUse<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    await slots.take();
    try {
      const client = await pool.connect();
      const giveUp = () => client.connection.stream.destroy(new Error('the database did not answer in time'));
      const timer = setTimeout(giveUp, useTimeoutMs);
      const warnings: string[] = [];
      const note: Parameters<typeof client.on<'notice'>>[1] = ({ severity, message }) => {
        if (severity === 'WARNING') warnings.push(message ?? '');
      };
      client.on('notice', note);
      let isSpoiled = false;
      try {
        return await work(connectionOf(client, warnings));
      } catch (error) {
        isSpoiled = failureOf(error).kind === 'fault';
        throw error;
      } finally {
        clearTimeout(timer);
        client.off('notice', note);
        client.release(isSpoiled);
      }
    } finally {
      slots.give();
    }
  }

  return {
    forKysely: pool,
    use(work) {
      const used = takeAndUse(work);
      uses.add(used);
      const forget = () => uses.delete(used);
      used.then(forget, forget);
      return used;
    },
    async close() {
      await Promise.allSettled(uses);
      await pool.end();
    },
  };
}

function connectionOf(client: pg.PoolClient, warnings: readonly string[]): PostgresConnection {
  return {
    warnings,
    async query({ text, values, name }) {
      const { rows, command, rowCount } = await client.query({
        text,
        ...(values === undefined ? {} : { values: values.map(sentParameter) }),
        ...(name === undefined ? {} : { name }),
      });
      return { rows, command, count: rowCount ?? 0 };
    },
  };
}

function tlsOptions(tls: Exclude<PostgresTls, { readonly mode: 'disable' }>): ConnectionOptions {
  return {
    rejectUnauthorized: tls.mode !== 'require',
    ...(tls.rootFile === undefined ? {} : { ca: readPem('sslrootcert', tls.rootFile) }),
    ...(tls.certificateFile === undefined ? {} : { cert: readPem('sslcert', tls.certificateFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readPem('sslkey', tls.keyFile) }),
    ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

function readPem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TypeError(`${name}: the file cannot be read`, { cause });
  }
}
