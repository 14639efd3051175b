import { type RawBuilder, sql } from 'kysely';
import { attemptSpan } from './attempt-window.ts';
import { addedTo, amounts, namesOf } from './column-lists.ts';
import { completionsWithAttempts, heldAmount, withHeldCorrection } from './held-outcome.ts';
import { usageColumns } from './ledger-columns.ts';
import { once } from './prepared.ts';
import type { SqlCall, SqlDatabase } from './sql-database.ts';

/** Budget levels are forgotten so long after their window has ended. */
const keepLevelsMs = 35 * 86_400_000;

/** Adds up completions that are about to be deleted, so that the rest can be checked against the roll-ups. */
export function noteAmounts(
  { query }: SqlDatabase,
  completions: readonly { readonly id: string; readonly createdAt: number }[],
): readonly SqlCall[] {
  const call = (raw: RawBuilder<unknown>) => once({ compile: () => raw.compile(query) });
  const created = completions.map(({ createdAt }) => createdAt);
  const ids = sql.join(completions.map(({ id }) => id));
  const { from, before } = attemptSpan(Math.min(...created), Math.max(...created));
  const sums = usageColumns.map(name => sql`cast(sum(${heldAmount(name)}) as bigint)`);
  return [
    call(sql`
      insert into purged_hour (hour, ${namesOf(amounts)})
      select completion.hour, cast(sum(coalesce(attempt.is_counted, 1)) as bigint), ${sql.join(sums)}
      from ${completionsWithAttempts}
      where completion.created_at in (${sql.join(created)}) and completion.id in (${ids})
      group by completion.hour
      on conflict (hour) do update set ${addedTo('purged_hour')}`),
    call(sql`
      insert into purged_budget (tenant_id, budget_key, cost)
      select budget_entry.tenant_id, budget_entry.budget_key, cast(sum(${heldAmount('cost')}) as bigint)
      from attempt inner join budget_entry on budget_entry.budgets_key = attempt.budgets_key
        ${withHeldCorrection}
      where attempt.completion_id in (${ids}) and attempt.started_at >= ${from} and attempt.started_at < ${before}
        and attempt.budgets_key <> ''
      group by budget_entry.tenant_id, budget_entry.budget_key
      on conflict (tenant_id, budget_key) do update set cost = purged_budget.cost + excluded.cost`),
  ];
}

/** Forgets budget levels whose window ended long ago. What is settled later is not booked on them any more. */
export function forgetLevels({ query }: SqlDatabase, now: number): readonly SqlCall[] {
  const call = (raw: RawBuilder<unknown>) => once({ compile: () => raw.compile(query) });
  const before = now - keepLevelsMs;
  return [
    call(sql`
      delete from purged_budget where (tenant_id, budget_key) in
        (select tenant_id, budget_key from budget_total where resets_at < ${before})`),
    call(sql`delete from budget_total where resets_at < ${before}`),
    call(sql`delete from budget_entry where resets_at < ${before}`),
  ];
}
