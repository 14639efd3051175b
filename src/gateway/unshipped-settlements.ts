import type { BudgetStore, Reservation, Settlement } from '../stores/budget-store.ts';
import type { UnbookedSettlement } from '../stores/ledger-store.ts';
import { recordedFacts } from './recorded-facts.ts';

type Kept = Pick<Reservation, 'id' | 'tenantId'>;

/** What this node has settled, or is about to, and what is recorded on no other disk than its own. */
export interface UnshippedSettlements {
  /** Called before the settlement is recorded at all. */
  keep(completionId: string, attempt: Kept): void;
  /** A settlement from this node's record as the counters are told of it: with its facts, which they keep. */
  withFacts(unbooked: UnbookedSettlement): Settlement;
  /** Of these the counters keep the facts, and their leases are to be renewed. */
  readonly kept: readonly Kept[];
  holds(attemptId: string): boolean;
  /** These completions are where others find them. Whoever finds leases that are over makes up for a failure. */
  shipped(completionIds: readonly string[]): void;
}

/** Beyond it no facts are kept: an outage of the shared ledger must not fill the counters' memory. */
const mostKept = 10_000;

/** @param store Where the facts are kept; where nobody shares it, none are. */
export function unshippedSettlements(store: BudgetStore): UnshippedSettlements {
  const byCompletion = new Map<string, Kept[]>();
  const ids = new Set<string>();

  function keep(completionId: string, { id, tenantId }: Kept): void {
    if (!store.isShared || ids.size >= mostKept || ids.has(id)) return;
    const kept = byCompletion.get(completionId) ?? [];
    kept.push({ id, tenantId });
    byCompletion.set(completionId, kept);
    ids.add(id);
  }

  return {
    keep,
    withFacts({ completionId, opened, ...settlement }) {
      // What another node has assumed is where others find it.
      if (settlement.booked !== undefined) return settlement;
      keep(completionId, settlement);
      if (!ids.has(settlement.id)) return settlement;
      const { completion, attempt } = opened();
      return { ...settlement, keepsFacts: true, facts: recordedFacts(completion, attempt) };
    },
    get kept() {
      return [...byCompletion.values()].flat();
    },
    holds: attemptId => ids.has(attemptId),
    shipped(completionIds) {
      const gone = completionIds.flatMap(id => byCompletion.get(id) ?? []);
      for (const id of completionIds) byCompletion.delete(id);
      for (const { id } of gone) ids.delete(id);
      if (gone.length > 0) store.letGo(gone).catch(() => {});
    },
  };
}
