import type { NanoDollars } from '../../model/money.ts';
import type { OpenedAttempt } from '../ledger-store.ts';
import { heldAmount, isHeldCorrection } from './held-outcome.ts';
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
          .leftJoin('attempt_correction as correction', join => join.on(isHeldCorrection))
          .select(heldAmount('cost').as('cost'))
          .where('attempt.started_at', '=', startedAt)
          .where('attempt.id', '=', id),
      ),
    ],
    'lookup',
  );
  return rows[0] === undefined ? assumedOnCrash.cost : BigInt(String(rows[0].cost));
}
