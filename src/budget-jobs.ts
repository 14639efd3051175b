import { type AdoptExpiredJob, startAdopting } from './gateway/adopt-expired.ts';
import type { Gate } from './gateway/gate.ts';
import { repeat } from './gateway/repeat.ts';
import type { Clock } from './model/clock.ts';
import type { Counters } from './open-counters.ts';
import type { OpenedLedger } from './open-ledger.ts';
import type { LedgerStore } from './stores/ledger-store.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';

const channel = 'tollgate:budgets';

/** Has the other nodes look for counters that are lost. It is no loss where it does not arrive: they look each second. */
export function callForBudgets(redis: RedisClient): () => void {
  return () => void redis.publish(channel, '').catch(() => {});
}

export interface BudgetJobsOptions {
  readonly redis: RedisClient;
  readonly gate: Gate;
  readonly ledger: LedgerStore;
  readonly counters: Counters;
  readonly opened: OpenedLedger;
  readonly clock: Clock;
  readonly onFault: (cause: unknown) => void;
}

/** What nodes that share their counters do beside requests: rebuild what was lost, and book the attempts of those that are gone. */
export async function startBudgetJobs(options: BudgetJobsOptions): Promise<readonly AdoptExpiredJob[]> {
  const { redis, gate, ledger, counters, opened, clock, onFault } = options;
  // Redis that is away is told of by everything that needs it.
  const rebuilding = repeat({ action: () => gate.rebuildBudgets().catch(() => {}), everyMs: 1_000, clock });
  const listening = redis.subscribe(channel, () => void rebuilding.now());
  // Without it they look each second.
  listening.catch(() => {});
  const adopting = await startAdopting({
    store: counters.budgets,
    ledger,
    clock,
    isHeldHere: gate.holdsReservation,
    unheard: opened.unheard,
    onFault,
  });
  return [{ close: () => listening.then(stop => stop()).catch(() => {}) }, rebuilding, adopting];
}
