import { once } from '../prepared.ts';
import type { SqlDatabase } from '../sql-database.ts';
import type { JournalledSettlement } from './journal-entries.ts';

const chunkSize = 500;

/**
 * Of these attempts, those that the shared ledger has booked; also where it has purged them since.
 *
 * @param how `at any cost`, or `for good`: not as assumed by another node, and waiting to be corrected.
 */
export async function bookedAmong(
  { query, read }: SqlDatabase,
  attempts: readonly JournalledSettlement[],
  how: 'at any cost' | 'for good',
): Promise<ReadonlySet<string>> {
  const booked = new Set<string>();
  for (let start = 0; start < attempts.length; start += chunkSize) {
    const some = attempts.slice(start, start + chunkSize);
    let standing = query
      .selectFrom('attempt')
      .select('id')
      .where(
        'started_at',
        'in',
        some.map(({ startedAt }) => startedAt),
      )
      .where(
        'id',
        'in',
        some.map(({ settlement }) => settlement.id),
      );
    if (how === 'for good') {
      standing = standing.where(({ or, eb }) => or([eb('is_assumed', '=', 0), eb('correction', '>', 0)]));
    }
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
        some.map(({ completionId }) => completionId),
      );
    const [rows = [], gone = []] = await read([once(standing), once(purged)], 'lookup');
    for (const { id } of rows) booked.add(String(id));
    const goneIds = new Set(gone.map(({ id }) => String(id)));
    for (const { settlement, completionId } of some) if (goneIds.has(completionId)) booked.add(settlement.id);
  }
  return booked;
}
