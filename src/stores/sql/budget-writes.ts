import { type OnConflictBuilder, type OnConflictUpdateBuilder, sql } from 'kysely';
import type { attemptRow, closingRow, outcomeRow } from './ledger-rows.ts';
import { prepare } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Tables } from './tables.ts';

const addCost: (clash: OnConflictBuilder<Tables, 'budget_total'>) => OnConflictUpdateBuilder<Tables, 'budget_total'> =
  clash => clash.columns(['tenant_id', 'budget_key']).doUpdateSet({ cost: sql`budget_total.cost + excluded.cost` });

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
          .where('attempt.started_at', '>=', slot('attempts_from'))
          .where('attempt.started_at', '<', slot('attempts_before'))
          .where('attempt.budgets_key', '<>', sql.lit(''))
          .groupBy(['budget_entry.tenant_id', 'budget_entry.budget_key']),
      )
      .onConflict(addCost),
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
  const bookAdopted = prepare<ReturnType<typeof attemptRow>>(slot =>
    query
      .insertInto('budget_total')
      .columns(['tenant_id', 'budget_key', 'resets_at', 'cost'])
      .expression(
        query
          .selectFrom('attempt')
          .innerJoin('budget_entry', 'budget_entry.budgets_key', 'attempt.budgets_key')
          .innerJoin('completion', join =>
            join
              .onRef('completion.created_at', '=', 'attempt.completion_created_at')
              .onRef('completion.id', '=', 'attempt.completion_id'),
          )
          .select(['budget_entry.tenant_id', 'budget_entry.budget_key', 'budget_entry.resets_at', 'attempt.cost'])
          .where('attempt.started_at', '=', slot('started_at'))
          .where('attempt.id', '=', slot('id'))
          .where('completion.completion_status', '<>', sql.lit('RUNNING')),
      )
      .onConflict(addCost),
  );
  return { book, bookDifference, bookAdopted };
}
