import { sql } from 'kysely';
import type { closingRow, outcomeRow } from './ledger-rows.ts';
import { prepare } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Compiles what books attempts on the budget levels that they are counted against. */
export function budgetWrites(query: SqlDatabase['query']) {
  const book = prepare<ReturnType<typeof closingRow>>(slot =>
    query
      .insertInto('budget_total')
      .columns(['tenant_id', 'budget_key', 'resets_at', 'cost'])
      .expression(
        query
          .selectFrom('attempt')
          .innerJoin('budget_entry', 'budget_entry.budgets_key', 'attempt.budgets_key')
          .select(['budget_entry.tenant_id', 'budget_entry.budget_key'])
          .select(sql<bigint>`max(budget_entry.resets_at)`.as('resets_at'))
          .select(sql<bigint>`cast(sum(attempt.cost) as bigint)`.as('cost'))
          .where('attempt.completion_id', '=', slot('id'))
          .where('attempt.budgets_key', '<>', sql.lit(''))
          .groupBy(['budget_entry.tenant_id', 'budget_entry.budget_key']),
      )
      .onConflict(clash =>
        clash.columns(['tenant_id', 'budget_key']).doUpdateSet({ cost: sql`budget_total.cost + excluded.cost` }),
      ),
  );
  const bookDifference = prepare<ReturnType<typeof outcomeRow>>(slot =>
    query
      .updateTable('budget_total')
      .from('attempt')
      .innerJoin('budget_entry', 'budget_entry.budgets_key', 'attempt.budgets_key')
      .set({ cost: sql`budget_total.cost + ${slot('cost')} - attempt.cost` })
      .where('attempt.started_at', '=', slot('started_at'))
      .where('attempt.id', '=', slot('id'))
      .whereRef('budget_total.tenant_id', '=', 'budget_entry.tenant_id')
      .whereRef('budget_total.budget_key', '=', 'budget_entry.budget_key'),
  );
  return { book, bookDifference };
}
