import type { Clock } from '../model/clock.ts';
import type { NanoDollars } from '../model/money.ts';
import type { BudgetStore, ExpiredReservation, Settlement } from '../stores/budget-store.ts';
import type { LedgerStore } from '../stores/ledger-store.ts';
import { readRecordedFacts } from './recorded-facts.ts';
import { repeat } from './repeat.ts';

export interface AdoptExpiredOptions {
  readonly store: BudgetStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Whether this node holds the reservation itself, and is only late with its lease. */
  readonly isHeldHere: (id: string) => boolean;
  /** What the counters may not have heard of, because this node died after it was settled. */
  readonly unheard: () => Promise<readonly Settlement[]>;
  /** Between two rounds, in milliseconds. Default: 5,000. */
  readonly everyMs?: number;
  /** Told once whenever it begins to fail, and of facts that cannot be read. */
  readonly onFault: (cause: unknown) => void;
}

export interface AdoptExpiredJob {
  close(): Promise<void>;
}

const mostInRound = 500;

/**
 * Books the attempts of nodes that are gone: at what was reserved, as unknown, unless the ledger has them already; then the
 * counters are told what is booked. The first round also tells them what this node itself had settled before it died.
 *
 * On all nodes; whatever two of them do at once, or one leaves half done, comes out the same.
 *
 * @returns Once the first round is over, however it went.
 */
export async function startAdopting(options: AdoptExpiredOptions): Promise<AdoptExpiredJob> {
  const { store, ledger, clock, isHeldHere, unheard, everyMs = 5_000, onFault } = options;
  let hasTold = false;
  let isFailing = false;

  async function bookedCost(expired: ExpiredReservation): Promise<NanoDollars> {
    let facts: ReturnType<typeof readRecordedFacts>;
    try {
      facts = readRecordedFacts(expired.facts);
    } catch (fault) {
      onFault(fault);
      return expired.amount;
    }
    return await ledger.adoptAttempt(facts.completion, facts.attempt, clock.now());
  }

  async function round(): Promise<void> {
    if (!hasTold) {
      for (const settlement of await unheard()) await store.settle(settlement);
      hasTold = true;
    }
    const expired = (await store.expired(mostInRound)).filter(({ id }) => !isHeldHere(id));
    const faults: unknown[] = [];
    for (const one of expired) {
      // One that the ledger refuses must not keep the others waiting.
      await bookedCost(one).then(
        cost => store.assume(one, cost),
        (fault: unknown) => faults.push(fault),
      );
    }
    if (faults.length > 0) throw faults[0];
  }

  async function tryRound(): Promise<void> {
    try {
      await round();
      isFailing = false;
    } catch (fault) {
      if (!isFailing) onFault(fault);
      isFailing = true;
    }
  }

  await tryRound();
  return repeat({ action: tryRound, everyMs, clock });
}
