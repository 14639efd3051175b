import type { JournaledLedgerStore } from '../../../src/stores/journaled-ledger-store.ts';
import type { OpenedAttempt, OpenedCompletion } from '../../../src/stores/ledger-store.ts';
import type { SqlCall, SqlDatabase } from '../../../src/stores/sql/sql-database.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../../src/testing/ledger-entries.ts';

export const start = Date.UTC(2026, 10, 4, 10, 20, 30);
export const levels = [{ key: 'ever', tenantId: 'a' }, { key: 'pot' }];

/** A completion with one attempt, of a number. */
export function entry(serial: number, facts: Partial<OpenedCompletion> = {}, tried: Partial<OpenedAttempt> = {}) {
  const completion = opened(idAt(start + serial, serial), start + serial, facts);
  return { completion, attempt: attempted(completion, 1_000_000 + serial, { budgets: levels, ...tried }) };
}

/** Writes completions of one attempt each, which cost their number. */
export async function write(
  ledger: JournaledLedgerStore,
  first: number,
  count: number,
  facts: Partial<OpenedCompletion> = {},
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const serial = first + index;
      const { completion, attempt } = entry(serial, facts);
      await Promise.all([
        ledger.openCompletion(completion),
        ledger.openAttempt(attempt),
        ledger.settleAttempt(settled(attempt, { usage: usage(1, BigInt(serial)) })),
        ledger.closeCompletion(closed(completion, { endpointId: attempt.endpointId })),
      ]);
    }),
  );
}

/** What `write` has written costs. */
export function costOf(first: number, count: number): bigint {
  return BigInt(((2 * first + count - 1) * count) / 2);
}

/** How many completions stand in a journal. */
export async function countIn(journal: SqlDatabase): Promise<number> {
  const select = journal.query.selectFrom('completion').select(({ fn }) => fn.countAll<bigint>().as('count'));
  const program = { steps: [{ sql: select.compile().sql, after: 'go-on', bindings: [] }], isKept: false } as const;
  const [[row] = []] = await journal.read([{ program, values: [] }], 'lookup');
  return Number(row?.count);
}

/** Whether a write deletes completions that were shipped. */
export function deletes(calls: readonly SqlCall[]): boolean {
  return calls.some(({ program }) => program.steps.some(step => /delete from completion/.test(step.sql)));
}
