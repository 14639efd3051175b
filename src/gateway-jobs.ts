import { startAdopting } from './gateway/adopt-expired.ts';
import { startAuditHeads } from './gateway/audit-heads.ts';
import type { Gate } from './gateway/gate.ts';
import type { Nodes } from './gateway/nodes.ts';
import { tellAlert } from './gateway/observe.ts';
import type { GatewayObserver } from './gateway/observer.ts';
import { startPurging } from './gateway/purge-job.ts';
import { repeat } from './gateway/repeat.ts';
import type { SigningKeys } from './gateway/signing-keys.ts';
import { uuidV7 } from './gateway/uuid-v7.ts';
import { startVerifying } from './gateway/verify-job.ts';
import type { LedgerVerification } from './gateway/verify-ledger.ts';
import { keepMonths } from './keep-months.ts';
import type { Clock } from './model/clock.ts';
import type { Counters } from './open-counters.ts';
import type { LedgerEvents, OpenedLedger } from './open-ledger.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';
import type { Stores } from './stores/sql/stores.ts';

/** What happens in a gateway beside requests. */
export interface GatewayEvents {
  /** The end of the audit log, signed: each minute. It belongs where the database cannot reach. */
  readonly auditHead?: (head: string, entries: number) => void;
  readonly purged?: (purged: { readonly contents: number; readonly completions: number }) => void;
  /** Each hour for the last day, once a day for all; `isWhole` says which. */
  readonly ledgerVerified?: (verification: LedgerVerification, isWhole: boolean) => void;
  readonly fault?: (cause: unknown) => void;
  /** Where several nodes share a ledger. Default: `fault` is told. */
  readonly journal?: LedgerEvents;
}

const channel = 'tollgate:budgets';

/** Has the other nodes look for counters that are lost. It is no loss where it does not arrive: they look each second. */
export function callForBudgets(redis: RedisClient): () => void {
  return () => void redis.publish(channel, '').catch(() => {});
}

export interface GatewayJobsOptions {
  readonly gate: Gate;
  readonly stores: Stores;
  readonly opened: OpenedLedger;
  readonly counters: Counters;
  readonly nodes: Nodes;
  readonly keys: SigningKeys;
  /** Absent: this node is alone. */
  readonly redis: RedisClient | undefined;
  readonly clock: Clock;
  readonly observers: readonly GatewayObserver[];
  readonly events: GatewayEvents;
}

interface Job {
  close(): Promise<void>;
}

/**
 * Starts what a gateway does beside requests. Of several nodes, one does what is to be done once.
 *
 * @param closing Takes what ends each of them, as soon as it is started.
 */
export async function startGatewayJobs(options: GatewayJobsOptions, closing: (() => Promise<void>)[]): Promise<void> {
  const { stores, opened, counters, nodes, keys, redis, clock, observers, events } = options;
  const { auditHead = () => {}, purged = () => {}, ledgerVerified = () => {}, fault = () => {} } = events;
  const { ledger } = opened;
  const isDue = () => nodes.isFirst;

  function verified(verification: LedgerVerification, isWhole: boolean): void {
    ledgerVerified(verification, isWhole);
    if (verification.found === 0) return;
    const at = clock.now();
    tellAlert(observers, { type: 'ledger.mismatch', id: uuidV7(at), at, differences: verification.found });
  }

  const start = (job: Job) => closing.unshift(job.close);
  start(startPurging({ content: stores.content, ledger, clock, isDue, onPurged: purged, onFault: fault }));
  start(startAuditHeads({ audit: stores.audit, keys, clock, isDue, onHead: auditHead, onFault: fault }));
  start(keepMonths(stores, clock, fault));
  start(
    startVerifying({
      checks: ledger.checks,
      clock,
      isDue,
      counters: { ...counters.stores.budgets, hasOthers: redis !== undefined },
      onVerified: verified,
      onFault: fault,
    }),
  );
  if (redis !== undefined) for (const job of await startSharedCounting(options, redis)) start(job);
}

/** What nodes that share their counters do: rebuild what was lost, and book the attempts of those that are gone. */
async function startSharedCounting(options: GatewayJobsOptions, redis: RedisClient): Promise<readonly Job[]> {
  const { gate, counters, opened, clock, observers, events } = options;
  // Redis that is away is told of by everything that needs it.
  const rebuilding = repeat({ action: () => gate.rebuildBudgets().catch(() => {}), everyMs: 1_000, clock });
  const listening = redis.subscribe(channel, () => void rebuilding.now());
  // Without it they look each second.
  listening.catch(() => {});
  const adopting = await startAdopting({
    store: counters.stores.budgets,
    ledger: opened.ledger,
    clock,
    isHeldHere: gate.holdsReservation,
    isRunningHere: gate.isRunning,
    async unheard() {
      // What was lost is joined with all that this node has not shipped yet, before it is told one by one.
      await gate.rebuildBudgets();
      return await opened.unheard();
    },
    tell: gate.settleAgain,
    onTold: opened.startShipping,
    onAlert: alert => tellAlert(observers, alert),
    onFault: events.fault ?? (() => {}),
  });
  return [{ close: () => listening.then(stop => stop()).catch(() => {}) }, rebuilding, adopting];
}
