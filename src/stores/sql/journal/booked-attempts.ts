import { once } from '../prepared.ts';
import type { SqlDatabase } from '../sql-database.ts';
import type { JournalledSettlement } from './journal-entries.ts';

const chunkSize = 500;

/** Of these attempts, those that the shared ledger has booked, at whatever cost; also where it has purged them since. */
export async function bookedAmong(
  { query, read }: SqlDatabase,
  attempts: readonly JournalledSettlement[],
): Promise<ReadonlySet<string>> {
  const booked = new Set<string>();
  for (let start = 0; start < attempts.length; start += chunkSize) {
    const some = attempts.slice(start, start + chunkSize);
    const standing = query
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
