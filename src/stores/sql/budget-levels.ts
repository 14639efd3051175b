import type { LedgerStore, OpenedAttempt } from '../ledger-store.ts';
import { digest } from './endpoint-version.ts';
import { once } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Tables } from './tables.ts';

type Levels = NonNullable<OpenedAttempt['budgets']>;
type BudgetEntry = Tables['budget_entry'];

/** A set of levels as rows, each level once, in one order; and what stands for the set on an attempt. */
export function budgetEntries(levels: Levels = []): { readonly key: string; readonly entries: readonly BudgetEntry[] } {
  if (levels.length === 0) return { key: '', entries: [] };
  const byName = new Map(
    levels.map(({ key, tenantId = '', resetsAt = null }) => [
      JSON.stringify([tenantId, key]),
      { key, tenantId, resetsAt },
    ]),
  );
  const rising = [...byName].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, level]) => level);
  const budgetsKey = digest(JSON.stringify(rising.map(({ key, tenantId, resetsAt }) => [tenantId, key, resetsAt])));
  return {
    key: budgetsKey,
    entries: rising.map(({ key, tenantId, resetsAt }) => ({
      budgets_key: budgetsKey,
      tenant_id: tenantId,
      budget_key: key,
      resets_at: resetsAt,
    })),
  };
}

/** How long after its window a level is told: the clock of whoever asks may be ahead of those that still book on it. */
const toldAfterWindowMs = 2 * 86_400_000;

/** Tells what is booked on budget levels. */
export function budgetTotals({ query, read }: SqlDatabase): LedgerStore['budgetTotals'] {
  return async (tenantId, now) => {
    const [rows = []] = await read(
      [
        once(
          query
            .selectFrom('budget_total')
            .select(['budget_key', 'cost', 'resets_at'])
            .where('tenant_id', '=', tenantId ?? '')
            .where(({ or, eb }) => or([eb('resets_at', 'is', null), eb('resets_at', '>', now - toldAfterWindowMs)])),
        ),
      ],
      'lookup',
    );
    return new Map(
      rows.map(({ budget_key, cost, resets_at }) => {
        const resets = resets_at === null ? {} : { resetsAt: Number(resets_at) };
        return [String(budget_key), { cost: BigInt(String(cost)), ...resets }];
      }),
    );
  };
}
