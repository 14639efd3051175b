import type { LedgerChecks } from '../../ledger-checks.ts';
import type { JournalEntries } from './journal-entries.ts';

/**
 * Checks the shared ledger, and counts beside it what this node's journal holds. What other nodes have not shipped yet is seen
 * by them alone.
 *
 * @param afterOwn Reads once this node's own completions had a moment to be shipped.
 */
export function journaledChecks(
  shared: LedgerChecks,
  own: LedgerChecks,
  entries: JournalEntries,
  afterOwn: <T>(read: () => Promise<T>) => Promise<T>,
): LedgerChecks {
  return {
    span: () => afterOwn(shared.span),
    async hours(span) {
      const check = await afterOwn(() => shared.hours(span));
      const { completions, attempts } = await entries.count(span);
      return { ...check, completions: check.completions + completions, attempts: check.attempts + attempts };
    },
    days: span => afterOwn(() => shared.days(span)),
    months: span => afterOwn(() => shared.months(span)),
    async levels(span, withTotals) {
      const levels = await afterOwn(() => shared.levels(span, withTotals));
      if (!withTotals) return levels;
      const { running } = await own.levels({ from: 0, to: 0 }, true);
      return { ...levels, running: [...levels.running, ...running] };
    },
  };
}
