import { GatewayError } from '../../errors.ts';
import type { FilledTables, TableTarget } from '../sql/copy-tables.ts';
import type { SqlRow, SqlValue } from '../sql/sql-database.ts';
import { failureError } from '../sql/write-failure.ts';
import { readPostgresAddress } from './postgres-address.ts';
import { failureOf } from './postgres-failure.ts';
import { openPostgresPool, type PostgresConnection } from './postgres-pool.ts';

interface Column {
  readonly name: string;
  readonly type: string;
}

const hourMs = 3_600_000;

/**
 * Opens a database that is at this version, to be filled from another one.
 *
 * References between tables are taken away meanwhile, and checked as a whole before the transaction ends.
 *
 * @param url See `readPostgresAddress`.
 */
export function openPostgresTarget(url: string): TableTarget {
  const pool = openPostgresPool({
    address: readPostgresAddress(url),
    name: 'tollgate copy',
    connections: 1,
    connectTimeoutMs: 5000,
    statementTimeoutMs: hourMs,
    useTimeoutMs: 72 * hourMs,
    waitMs: 5000,
    waitingLimit: 1,
    isReader: false,
  });
  return {
    fill: (tables, work) =>
      pool.use(async connection => {
        const ask = (text: string, values: readonly (SqlValue | readonly SqlValue[])[] = []) =>
          connection.query({ text, values });
        try {
          await ask('begin');
          await ask(`set local idle_in_transaction_session_timeout = '1h'`);
          await ask(`set local lock_timeout = '5s'`);
          await ask(`lock table ${tables.map(quoted).join(', ')} in exclusive mode`);
          const references = await dropReferences(connection);
          const done = await work(filledTables(connection));
          for (const { table, name, definition } of references) {
            await ask(`alter table ${table} add constraint ${name} ${definition}`);
          }
          await ask('commit');
          return done;
        } catch (error) {
          await ask('rollback').catch(() => {});
          if (error instanceof GatewayError) throw error;
          throw failureError({ ...failureOf(error), kind: 'fault' });
        }
      }),
    close: pool.close,
  };
}

function filledTables(connection: PostgresConnection): FilledTables {
  const known = new Map<string, readonly Column[]>();

  async function columnsOf(table: string): Promise<readonly Column[]> {
    const found = known.get(table) ?? (await readColumns(connection, table));
    known.set(table, found);
    return found;
  }

  return {
    async count(table) {
      const { rows } = await connection.query({ text: `select count(*) as count from ${quoted(table)}` });
      return Number(rows[0]?.count);
    },
    async clear(table) {
      await connection.query({ text: `delete from ${quoted(table)}` });
    },
    async insert(table, rows) {
      const columns = await columnsOf(table);
      const names = columns.map(({ name }) => quoted(name)).join(', ');
      const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
      for (const name of Object.keys(rows[0] ?? {})) {
        if (!columns.some(column => column.name === name)) throw new Error(`${table}: there is no column ${name}`);
      }
      await connection.query({
        text: `insert into ${quoted(table)} (${names}) select * from unnest(${arrays})`,
        values: columns.map(({ name }) => rows.map(row => row[name] ?? null)),
      });
    },
    async sums(table) {
      const counted = (await columnsOf(table)).filter(({ type }) => type === 'bigint');
      if (counted.length === 0) return new Map();
      const list = counted.map(({ name }) => `coalesce(sum(${quoted(name)}), 0) as ${quoted(name)}`).join(', ');
      const { rows } = await connection.query({ text: `select ${list} from ${quoted(table)}` });
      return new Map(Object.entries(rows[0] ?? {}).map(([name, sum]) => [name, BigInt(String(sum))]));
    },
  };
}

async function readColumns(connection: PostgresConnection, table: string): Promise<readonly Column[]> {
  const { rows } = await connection.query({
    text: `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    values: [quoted(table)],
  });
  return rows.map(({ name, type }) => ({ name: String(name), type: String(type) }));
}

async function dropReferences(connection: PostgresConnection) {
  const { rows } = await connection.query({
    text: `select conrelid::regclass::text as "table", quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
      from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  });
  const references = rows.map((row: SqlRow) => ({
    table: String(row.table),
    name: String(row.name),
    definition: String(row.definition),
  }));
  for (const { table, name } of references) {
    await connection.query({ text: `alter table ${table} drop constraint ${name}` });
  }
  return references;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
