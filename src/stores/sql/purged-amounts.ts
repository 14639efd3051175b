import { type RawBuilder, sql } from 'kysely';
import { attemptSpan, startsInSpan } from './attempt-window.ts';
import { usageColumns } from './ledger-columns.ts';
import { once } from './prepared.ts';
import type { SqlCall, SqlDatabase } from './sql-database.ts';

/** Budget levels are forgotten so long after their window has ended. */
const keepLevelsMs = 35 * 86_400_000;

/** An attempt's amount: by the correction that holds, else by its own row; 0 without an attempt. */
export function heldAmount(name: string): RawBuilder<bigint> {
  return sql`coalesce(${sql.ref(`correction.${name}`)}, ${sql.ref(`attempt.${name}`)}, 0)`;
}

/** Completions with their attempts and the corrections that hold. */
export const completionsWithAttempts = sql`
  completion
  left join attempt
    on attempt.completion_id = completion.id and ${startsInSpan()}
  left join attempt_correction as correction
    on correction.attempt_started_at = attempt.started_at and correction.attempt_id = attempt.id
    and correction.number = attempt.correction`;

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
  const added = ['requests', ...usageColumns].map(
    name => sql`${sql.ref(name)} = ${sql.ref(`purged_hour.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
  );
  return [
    call(sql`
      insert into purged_hour (hour, requests, ${sql.join(usageColumns.map(name => sql.ref(name)))})
      select completion.hour, cast(sum(coalesce(attempt.is_counted, 1)) as bigint), ${sql.join(sums)}
      from ${completionsWithAttempts}
      where completion.created_at in (${sql.join(created)}) and completion.id in (${ids})
      group by completion.hour
      on conflict (hour) do update set ${sql.join(added)}`),
    call(sql`
      insert into purged_budget (tenant_id, budget_key, cost)
      select budget_entry.tenant_id, budget_entry.budget_key, cast(sum(${heldAmount('cost')}) as bigint)
      from attempt inner join budget_entry on budget_entry.budgets_key = attempt.budgets_key
        left join attempt_correction as correction
          on correction.attempt_started_at = attempt.started_at and correction.attempt_id = attempt.id
          and correction.number = attempt.correction
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
