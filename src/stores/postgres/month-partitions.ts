import { type Kysely, sql } from 'kysely';
import type { Tables } from '../sql/tables.ts';

/** Kept a month apart, by an instant in milliseconds since the epoch. */
const monthTables = [
  { table: 'completion', column: 'created_at' },
  { table: 'attempt', column: 'started_at' },
] as const;
/** Those who ask for a default partition meanwhile wait behind us; what cannot be done now can be done later. */
const lockTimeoutMs = 500;
const lockId = '7306359180201877622';

interface Month {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The months in UTC that hold the instants from `from` to `to`. */
export function monthsBetween(from: number, to: number): readonly Month[] {
  const months: Month[] = [];
  const first = new Date(from);
  for (let index = 0; ; index += 1) {
    const start = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + index);
    if (start > to) return months;
    const day = new Date(start);
    months.push({
      name: `${day.getUTCFullYear()}_${String(day.getUTCMonth() + 1).padStart(2, '0')}`,
      from: start,
      to: Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1),
    });
  }
}

/**
 * Makes the partitions of these months where they are missing, and moves there what the default partitions hold of them.
 *
 * Any number of nodes may do so at once. Each table and month is a transaction of its own.
 */
export async function makePartitions(db: Kysely<Tables>, from: number, to: number): Promise<void> {
  const standing = await partitionNames(db);
  for (const month of monthsBetween(from, to)) {
    for (const { table, column } of monthTables) {
      const name = `${table}_${month.name}`;
      if (!standing.has(name)) await makePartition(db, table, column, name, month);
    }
  }
}

async function partitionNames(db: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly name: string }>`
    select child.relname as name from pg_inherits
      inner join pg_class as child on child.oid = inhrelid
      where inhparent in ('completion'::regclass, 'attempt'::regclass)`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

async function makePartition(
  db: Kysely<Tables>,
  table: string,
  column: string,
  name: string,
  { from, to }: Month,
): Promise<void> {
  const partition = sql.ref(name);
  const parent = sql.ref(table);
  const remainder = sql.ref(`${table}_default`);
  const instant = sql.ref(column);
  const within = sql`${instant} >= ${sql.lit(from)} and ${instant} < ${sql.lit(to)}`;
  await db.transaction().execute(async transaction => {
    await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`.execute(transaction);
    await sql`select pg_advisory_xact_lock(${sql.raw(lockId)})`.execute(transaction);
    if ((await partitionNames(transaction)).has(name)) return;
    await sql`create table ${partition} (like ${parent} including all)`.execute(transaction);
    // Nobody may add to the month between the move and the end of it.
    await sql`lock table ${remainder} in access exclusive mode`.execute(transaction);
    await sql`with moved as (delete from ${remainder} where ${within} returning *)
      insert into ${partition} select * from moved`.execute(transaction);
    // Spares a second look at every row.
    await sql`alter table ${partition} add constraint ${sql.ref(`${name}_month`)} check (${within})`.execute(
      transaction,
    );
    await sql`alter table ${parent} attach partition ${partition}
      for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(transaction);
    await sql`alter table ${partition} drop constraint ${sql.ref(`${name}_month`)}`.execute(transaction);
  });
}
