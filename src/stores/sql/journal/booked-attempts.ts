import type { NanoDollars } from '../../../model/money.ts';
import { heldAmount, isHeldCorrection } from '../held-outcome.ts';
import { once } from '../prepared.ts';
import type { SqlDatabase } from '../sql-database.ts';
import type { JournalledSettlement } from './journal-entries.ts';

const chunkSize = 500;

/** What the shared ledger has of an attempt. */
export interface BookedAttempt {
  /** By another node, and waiting to be corrected. */
  readonly isAssumed: boolean;
  readonly cost: NanoDollars;
}

/** Of these attempts, those that the shared ledger has booked, by id; also where it has purged them since. */
export async function bookedAmong(
  { query, read }: SqlDatabase,
  attempts: readonly JournalledSettlement[],
): Promise<ReadonlyMap<string, BookedAttempt>> {
  const booked = new Map<string, BookedAttempt>();
  for (let start = 0; start < attempts.length; start += chunkSize) {
    const some = attempts.slice(start, start + chunkSize);
    const standing = query
      .selectFrom('attempt')
      .leftJoin('attempt_correction as correction', join => join.on(isHeldCorrection))
      .select(['attempt.id', 'attempt.is_assumed', 'attempt.correction', heldAmount('cost').as('cost')])
      .where(
        'attempt.started_at',
        'in',
        some.map(({ startedAt }) => startedAt),
      )
      .where(
        'attempt.id',
        'in',
        some.map(({ settlement }) => settlement.id),
      );
    const purged = query
      .selectFrom('purged_completion')
      .select('id')
      .where(
        'created_at',
        'in',
        some.map(({ completionCreatedAt }) => completionCreatedAt),
      )
      .where(
        'id',
        'in',
        some.map(({ settlement }) => settlement.completionId),
      );
    const [rows = [], gone = []] = await read([once(standing), once(purged)], 'lookup');
    for (const { id, is_assumed, correction, cost } of rows) {
      const isAssumed = Number(is_assumed) === 1 && Number(correction) === 0;
      booked.set(String(id), { isAssumed, cost: BigInt(String(cost)) });
    }
    const goneIds = new Set(gone.map(({ id }) => String(id)));
    for (const { settlement } of some) {
      const { id, cost, completionId } = settlement;
      if (goneIds.has(completionId)) booked.set(id, { isAssumed: false, cost });
    }
  }
  return booked;
}
