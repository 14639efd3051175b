import { sql } from 'kysely';
import type { NanoDollars } from '../../model/money.ts';
import type { OpenedAttempt } from '../ledger-store.ts';
import { once } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';

/** What the ledger holds as the cost of an attempt; where its facts were purged, what was assumed. */
export async function bookedCost(
  { query, read }: SqlDatabase,
  { id, startedAt, assumedOnCrash }: OpenedAttempt,
): Promise<NanoDollars> {
  const [rows = []] = await read(
    [
      once(
        query
          .selectFrom('attempt')
          .leftJoin('attempt_correction as correction', join =>
            join
              .onRef('correction.attempt_started_at', '=', 'attempt.started_at')
              .onRef('correction.attempt_id', '=', 'attempt.id')
              .onRef('correction.number', '=', 'attempt.correction'),
          )
          .select(sql<bigint>`coalesce(correction.cost, attempt.cost)`.as('cost'))
          .where('attempt.started_at', '=', startedAt)
          .where('attempt.id', '=', id),
      ),
    ],
    'lookup',
  );
  return rows[0] === undefined ? assumedOnCrash.cost : BigInt(String(rows[0].cost));
}
