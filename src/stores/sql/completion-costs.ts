import { sql } from 'kysely';
import type { NanoDollars } from '../../model/money.ts';
import type { LedgerStore } from '../ledger-store.ts';
import { attemptSpan } from './attempt-window.ts';
import { heldAmount, isHeldCorrection } from './held-outcome.ts';
import { once } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';

const chunkSize = 500;

/** Tells what completions cost. */
export function completionCosts({ query, read }: SqlDatabase): LedgerStore['costs'] {
  return async completions => {
    const costs = new Map<string, NanoDollars>();
    for (let start = 0; start < completions.length; start += chunkSize) {
      const some = completions.slice(start, start + chunkSize);
      const created = some.map(({ createdAt }) => createdAt);
      const { from, before } = attemptSpan(Math.min(...created), Math.max(...created));
      const select = query
        .selectFrom('attempt')
        .leftJoin('attempt_correction as correction', join => join.on(isHeldCorrection))
        .select('attempt.completion_id')
        .select(sql<bigint>`cast(sum(${heldAmount('cost')}) as bigint)`.as('cost'))
        .where(
          'attempt.completion_id',
          'in',
          some.map(({ id }) => id),
        )
        .where('attempt.started_at', '>=', from)
        .where('attempt.started_at', '<', before)
        .where('attempt.outcome', 'is not', null)
        .groupBy('attempt.completion_id');
      const [rows = []] = await read([once(select)], 'report');
      for (const { completion_id, cost } of rows) costs.set(String(completion_id), BigInt(String(cost)));
    }
    return costs;
  };
}
