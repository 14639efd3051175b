import { type RawBuilder, sql } from 'kysely';
import { usageColumns } from './ledger-columns.ts';
import type { Tables } from './tables.ts';

/** What roll-ups add up. */
export const amounts = ['requests', ...usageColumns] as const;

/** The columns' names, for a statement. */
export function namesOf(columns: readonly string[], table?: string): RawBuilder<unknown> {
  return sql.join(columns.map(name => sql.ref(table === undefined ? name : `${table}.${name}`)));
}

/** What makes an upsert of amounts into a table add them up. */
export function addedTo(table: keyof Tables): RawBuilder<unknown> {
  return sql.join(
    amounts.map(name => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`),
  );
}
