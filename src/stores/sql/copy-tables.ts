import { GatewayError } from '../../errors.ts';
import type { SqlRow } from './sql-database.ts';

/** All entries of one database, as they stand. Nobody writes meanwhile. */
export interface TableSource {
  /** The names of all tables, those of the migrations left out. */
  tables(): Promise<readonly string[]>;
  count(table: string): Promise<number>;
  /** The least and the greatest number in a column; undefined where there is no row. */
  span(table: string, column: string): Promise<{ readonly from: number; readonly to: number } | undefined>;
  /** Rows in the order in which they were written, some at a time. */
  batches(table: string): AsyncIterable<readonly SqlRow[]>;
  close(): Promise<void>;
}

/** What a database is filled through. */
export interface FilledTables {
  count(table: string): Promise<number>;
  clear(table: string): Promise<void>;
  insert(table: string, rows: readonly SqlRow[]): Promise<void>;
  /** Of each column of whole numbers, by its name. */
  sums(table: string): Promise<ReadonlyMap<string, bigint>>;
}

/** A database that entries go to. */
export interface TableTarget {
  /** Runs `work` in one transaction: all of it stands afterwards, or nothing. Nobody else writes meanwhile. */
  fill<T>(tables: readonly string[], work: (filled: FilledTables) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface CopyTablesOptions {
  readonly source: TableSource;
  /** What a database holds that was just made. */
  readonly fresh: TableSource;
  readonly target: TableTarget;
  /** Told after each batch. */
  readonly onProgress: (progress: CopyProgress) => void;
}

export interface CopyProgress {
  readonly table: string;
  readonly copied: number;
  readonly all: number;
}

export interface CopiedTables {
  /** How many entries each table has. */
  readonly counts: ReadonlyMap<string, number>;
  /** Tables with texts that hold a NUL, which not every database keeps. */
  readonly altered: readonly string[];
}

/**
 * Copies all entries, and makes sure that they arrived: as many, and of whole numbers the same sums.
 *
 * @throws {GatewayError} CONFLICT where the target is in use already; STORE_UNAVAILABLE where something did not arrive. The
 * target is as it was then.
 */
export async function copyTables(options: CopyTablesOptions): Promise<CopiedTables> {
  const { source, fresh, target, onProgress } = options;
  const tables = await source.tables();
  return await target.fill(tables, async filled => {
    for (const table of tables) {
      if ((await filled.count(table)) === (await fresh.count(table))) continue;
      throw new GatewayError('CONFLICT', `the target is in use already: it has entries in "${table}"`);
    }
    const counts = new Map<string, number>();
    const altered = new Set<string>();
    for (const table of tables) {
      await filled.clear(table);
      const all = await source.count(table);
      const sums = new Map<string, bigint>();
      let copied = 0;
      for await (const rows of source.batches(table)) {
        await filled.insert(table, rows);
        for (const row of rows) addTo(sums, row);
        if (rows.some(holdsNul)) altered.add(table);
        copied += rows.length;
        onProgress({ table, copied, all });
      }
      const isWhole = copied === all && (await filled.count(table)) === all;
      if (!isWhole || !isSame(sums, await filled.sums(table))) {
        throw new GatewayError('STORE_UNAVAILABLE', `not all entries of "${table}" arrived: nothing was kept`);
      }
      counts.set(table, all);
    }
    return { counts, altered: [...altered] };
  });
}

function addTo(sums: Map<string, bigint>, row: SqlRow): void {
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'bigint') sums.set(name, (sums.get(name) ?? 0n) + value);
  }
}

function holdsNul(row: SqlRow): boolean {
  return Object.values(row).some(value => typeof value === 'string' && value.includes('\0'));
}

function isSame(sums: ReadonlyMap<string, bigint>, arrived: ReadonlyMap<string, bigint>): boolean {
  return [...arrived].every(([name, sum]) => (sums.get(name) ?? 0n) === sum);
}
