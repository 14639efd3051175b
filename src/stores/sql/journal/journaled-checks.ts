import type { LedgerChecks } from '../../ledger-checks.ts';

export interface JournaledChecksOptions {
  readonly shared: LedgerChecks;
  /** Of the journal: what goes on is there alone. Its roll-ups go with what is shipped, so only its rows count. */
  readonly own: LedgerChecks;
  /** Gives what has ended here a moment to be shipped before. */
  readonly afterOwn: <T>(read: () => Promise<T>) => Promise<T>;
}

/** Checks what all nodes share, together with what goes on in this node's journal. */
export function journaledChecks({ shared, own, afterOwn }: JournaledChecksOptions): LedgerChecks {
  return {
    span: () => afterOwn(() => shared.span()),
    async hours(span) {
      const booked = await afterOwn(() => shared.hours(span));
      const here = await own.hours(span);
      return {
        completions: booked.completions + here.completions,
        attempts: booked.attempts + here.attempts,
        differences: booked.differences,
      };
    },
    days: span => afterOwn(() => shared.days(span)),
    months: span => afterOwn(() => shared.months(span)),
    async levels(span, withTotals) {
      const booked = await afterOwn(() => shared.levels(span, withTotals));
      const here = await own.levels(span, withTotals);
      return { ...booked, running: [...booked.running, ...here.running] };
    },
  };
}
