import { GatewayError, OperatorReason } from '../errors.ts';
import type { BudgetAlert } from '../model/alert.ts';
import type { BudgetCrossing } from '../model/budget.ts';
import type { Clock } from '../model/clock.ts';
import type { NanoDollars } from '../model/money.ts';
import type { BudgetStore, ExpiredReservation } from '../stores/budget-store.ts';
import type { LedgerStore, UnbookedSettlement } from '../stores/ledger-store.ts';
import { budgetAlert } from './budget-alert.ts';
import { type RecordedFacts, readRecordedFacts } from './recorded-facts.ts';
import { repeat } from './repeat.ts';

export interface AdoptExpiredOptions {
  readonly store: BudgetStore;
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Whether this node holds the reservation itself, and is only late with its lease. */
  readonly isHeldHere: (id: string) => boolean;
  /** Whether this completion runs on this node: how its attempts end is for the run to say. */
  readonly isRunningHere: (completionId: string) => boolean;
  /** What the counters may not have heard of, because this node died after it was settled. */
  readonly unheard: () => Promise<readonly UnbookedSettlement[]>;
  /** Tells the counters of one of them. */
  readonly tell: (unbooked: UnbookedSettlement) => Promise<unknown>;
  /** Called once they have heard of all of it: what the ledger books from then on, they do not lack. */
  readonly onTold?: () => void;
  /** Told of thresholds that budgets have reached by what was booked here. Default: nobody is. */
  readonly onAlert?: (alert: BudgetAlert) => void;
  /** Between two rounds, in milliseconds. Default: 5,000. */
  readonly everyMs?: number;
  /** Told once whenever it begins to fail, and of each attempt that cannot be recorded. */
  readonly onFault: (cause: unknown) => void;
}

export interface AdoptExpiredJob {
  close(): Promise<void>;
}

const mostInRound = 500;
const atOnce = 20;

/**
 * Books the attempts of nodes that are gone: at what was reserved, as unknown, unless the ledger has them already; then the
 * counters are told what is booked. The first round also tells them what this node itself had settled before it died.
 *
 * On all nodes; whatever two of them do at once, or one leaves half done, comes out the same.
 *
 * @returns Once the first round is over, however it went.
 */
export async function startAdopting(options: AdoptExpiredOptions): Promise<AdoptExpiredJob> {
  const { store, ledger, clock, isHeldHere, isRunningHere, unheard, everyMs = 5_000, onFault } = options;
  const { tell, onTold = () => {}, onAlert = () => {} } = options;
  let hasTold = false;
  let isFailing = false;

  /**
   * An attempt that can be recorded nowhere is still counted, at what was reserved: nothing could ever free it.
   *
   * @returns Undefined where nothing is to be counted yet.
   */
  async function bookedCost(expired: ExpiredReservation): Promise<NanoDollars | undefined> {
    try {
      const { completion, attempt } = factsOf(expired);
      if (isRunningHere(completion.id)) return undefined;
      // What it was settled at, where that is known and only its record is lost.
      const assumedOnCrash = { ...attempt.assumedOnCrash, cost: expired.amount };
      return await ledger.adoptAttempt(completion, { ...attempt, assumedOnCrash }, clock.now());
    } catch (fault) {
      if (isPassing(fault)) throw fault;
      onFault(
        new OperatorReason(`the attempt ${expired.id} of a node that is gone cannot be recorded`, { cause: fault }),
      );
      return expired.amount;
    }
  }

  function tellCrossings(expired: ExpiredReservation, crossed: readonly BudgetCrossing[]): void {
    if (crossed.length === 0) return;
    for (const { key, threshold } of crossed) {
      const budget = budgetsOf(expired).find(({ level }) => level.key === key);
      if (budget !== undefined) onAlert(budgetAlert(budget, threshold, clock.now()));
    }
  }

  async function round(): Promise<void> {
    if (!hasTold) {
      await inGroups(await unheard(), tell);
      hasTold = true;
      onTold();
    }
    const expired = (await store.expired(mostInRound)).filter(({ id }) => !isHeldHere(id));
    await inGroups(expired, async one => {
      const cost = await bookedCost(one);
      if (cost !== undefined) tellCrossings(one, await store.assume(one, cost));
    });
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

/** A few at once; those after a group in which one has failed are left to the next round. */
async function inGroups<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < all.length; start += atOnce) {
    const done = await Promise.allSettled(all.slice(start, start + atOnce).map(act));
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }
}

/** Throws where they are not the facts of this reservation: what is kept for one must not book another. */
function factsOf({ id, tenantId, facts }: ExpiredReservation): RecordedFacts {
  const read = readRecordedFacts(facts);
  const { completion, attempt } = read;
  if (attempt.id === id && attempt.completionId === completion.id && completion.tenantId === tenantId) return read;
  throw new TypeError('facts: they are of another attempt');
}

/** None where the facts cannot be read: that was told when the attempt could not be recorded. */
function budgetsOf(expired: ExpiredReservation): NonNullable<RecordedFacts['budgets']> {
  try {
    return factsOf(expired).budgets ?? [];
  } catch {
    return [];
  }
}

/** Whether it may well succeed later. */
function isPassing(fault: unknown): boolean {
  return fault instanceof GatewayError && fault.retryable;
}
