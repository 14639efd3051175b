import { Kysely } from 'kysely';
import type { TableSource } from '../sql/copy-tables.ts';
import { migrate } from '../sql/migrate.ts';
import type { SqlRow, SqlValue } from '../sql/sql-database.ts';
import type { Tables } from '../sql/tables.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteThread, type SqliteThread } from './sqlite-thread.ts';

/** What a batch should hold at least and at most, in bytes of text and blobs. */
const batchBytes = { least: 1_000_000, most: 8_000_000 };
const firstRows = 50;
const mostRows = 2000;
const threadOptions = { synchronous: 'NORMAL', busyTimeoutMs: 5000, maxPages: 0 } as const;

/** Only how SQLite keeps a row: see the migration `0004-erasable-text`. */
const ownColumns: ReadonlySet<string> = new Set(['filler']);

/** Opens all entries of a database file for reading. */
export async function openSqliteTables(file: string): Promise<TableSource> {
  return tablesOf(await openSqliteThread({ ...threadOptions, file, isReader: true }));
}

/** What a database of this version holds that was just made. */
export async function freshSqliteTables(): Promise<TableSource> {
  const thread = await openSqliteThread({ ...threadOptions, file: ':memory:', isReader: false });
  try {
    await migrate(new Kysely<Tables>({ dialect: sqliteDialect(thread) }));
    return tablesOf(thread);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

function tablesOf(thread: SqliteThread): TableSource {
  async function ask(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return (await thread.execute(sql, parameters)).rows as readonly SqlRow[];
  }

  /** What rows are read in the order of: that of their writing, or where SQLite keeps none, their key. */
  async function orderOf(table: string): Promise<readonly string[]> {
    const [kind] = await ask(`select wr from pragma_table_list where schema = 'main' and name = ?`, [table]);
    if (Number(kind?.wr) === 0) return ['rowid'];
    const key = await ask('select name from pragma_table_info(?) where pk > 0 order by pk', [table]);
    return key.map(({ name }) => String(name));
  }

  return {
    async tables() {
      const rows = await ask(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'
        and name not like 'kysely_%' order by name`);
      return rows.map(({ name }) => String(name));
    },
    async count(table) {
      const [row] = await ask(`select count(*) as count from ${quoted(table)}`);
      return Number(row?.count);
    },
    async span(table, column) {
      const name = quoted(column);
      const [row] = await ask(`select min(${name}) as "from", max(${name}) as "to" from ${quoted(table)}`);
      return typeof row?.from === 'bigint' ? { from: Number(row.from), to: Number(row.to) } : undefined;
    },
    async *batches(table) {
      const order = await orderOf(table);
      const keys = order.map((name, index) => `${quoted(name)} as "key ${index}"`).join(', ');
      const list = order.map(quoted).join(', ');
      const places = order.map(() => '?').join(', ');
      let after: readonly SqlValue[] = [];
      let rowsAtOnce = firstRows;
      for (;;) {
        const where = after.length === 0 ? '' : `where (${list}) > (${places})`;
        const sql = `select *, ${keys} from ${quoted(table)} ${where} order by ${list} limit ?`;
        const rows = await ask(sql, [...after, rowsAtOnce]);
        const last = rows.at(-1);
        if (last === undefined) return;
        after = order.map((_, index) => last[`key ${index}`] ?? null);
        yield rows.map(withoutOwn);
        rowsAtOnce = nextSize(rowsAtOnce, rows);
      }
    },
    close: thread.close,
  };
}

function withoutOwn(row: SqlRow): SqlRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !ownColumns.has(name) && !name.startsWith('key ')));
}

/** Texts can be long, and rows many. */
function nextSize(size: number, rows: readonly SqlRow[]): number {
  const bytes = rows.flatMap(row => Object.values(row)).reduce<number>((sum, value) => sum + lengthOf(value), 0);
  if (bytes > batchBytes.most) return Math.max(1, Math.floor(size / 2));
  return bytes < batchBytes.least ? Math.min(mostRows, size * 2) : size;
}

function lengthOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
