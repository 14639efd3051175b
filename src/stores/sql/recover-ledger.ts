import { sql } from 'kysely';
import type { ClosedCompletion } from '../ledger-store.ts';
import { startsInSpan } from './attempt-window.ts';
import { fromJson } from './json.ts';
import { once } from './prepared.ts';
import type { SqlDatabase } from './sql-database.ts';

const pageSize = 500;

/**
 * Ends the completions that a dead process left running. Each is ended and booked in one transaction, so that a death
 * during recovery leaves the rest for the next.
 *
 * @param close Writes the end of a completion; its open attempts are booked as assumed.
 * @returns How many attempts were open.
 */
export async function recoverLedger(
  { query, read }: SqlDatabase,
  close: (closing: ClosedCompletion) => Promise<void>,
  at: number,
): Promise<number> {
  const running = query
    .selectFrom('completion')
    .leftJoin('attempt', join => join.onRef('attempt.completion_id', '=', 'completion.id').on(startsInSpan()))
    .select(['completion.id', 'completion.created_at', 'completion.redactions'])
    .select(sql<bigint>`count(attempt.id)`.as('attempts'))
    .select(sql<bigint>`sum(case when attempt.id is not null and attempt.outcome is null then 1 else 0 end)`.as('open'))
    .where('completion.completion_status', '=', sql.lit('RUNNING'))
    .groupBy(['completion.created_at', 'completion.id', 'completion.redactions'])
    .limit(pageSize);
  let recovered = 0;
  for (;;) {
    const [rows = []] = await read([once(running)], 'lookup');
    const closings = await Promise.allSettled(
      rows.map(row =>
        close({
          id: String(row.id),
          createdAt: Number(row.created_at),
          finishedAt: Math.max(at, Number(row.created_at)),
          overheadMs: 0,
          redactions: fromJson<ClosedCompletion['redactions']>(row.redactions),
          ...endOf(Number(row.attempts)),
        }),
      ),
    );
    // One that cannot be closed stays open, and must not keep the node from starting.
    const isClosed = (index: number) => closings[index]?.status === 'fulfilled';
    recovered += rows.reduce((sum, row, index) => sum + (isClosed(index) ? Number(row.open) : 0), 0);
    if (rows.length < pageSize || !rows.some((_, index) => isClosed(index))) return recovered;
  }
}

/** How a completion ends whose node died. */
export function endOf(attempts: number): Pick<ClosedCompletion, 'status' | 'error'> {
  const wasTried = attempts > 0;
  return {
    status: wasTried ? 'INCOMPLETE' : 'FAILED',
    error: {
      code: wasTried ? 'STREAM_CUT' : 'SHUTTING_DOWN',
      message: wasTried
        ? 'the gateway stopped before the answer was whole'
        : 'the gateway stopped before a provider was called',
      retryable: true,
      excludedBy: [],
    },
  };
}
