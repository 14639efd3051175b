import type { UnbookedSettlement } from '../stores/ledger-store.ts';
import type { GatewayParts, RunParts } from './core.ts';
import { tellAlert } from './observe.ts';
import { createOutageAllowance } from './outage-allowance.ts';
import { createRateLimiting } from './rate-limiting.ts';
import { type BudgetRebuild, rebuildBudgets } from './rebuild-budgets.ts';
import { createReservations, type Reservations } from './reservations.ts';
import { unshippedSettlements } from './unshipped-settlements.ts';

interface Counting {
  readonly rebuild: BudgetRebuild;
  /** Tells the counters what an attempt has cost that a process before this one has recorded. */
  settleAgain(unbooked: UnbookedSettlement): Promise<unknown>;
}

/** Puts together what counts money and rates for all runs of a gate. */
export function startCounting(parts: GatewayParts): Pick<RunParts, 'reservations' | 'rateLimiting'> & Counting {
  const {
    budgets: store,
    rates,
    localRates,
    nodes,
    ledger,
    clock,
    observers,
    outageAllowance = 0n,
    callForBudgets = () => {},
    onAbsentNodes = () => {},
  } = parts;
  const unshipped = unshippedSettlements(store);
  ledger.onShipped?.(unshipped.shipped);
  const rebuild = rebuildBudgets({
    store,
    ledger,
    nodes,
    clock,
    held: () => reservations.held,
    untold: () => reservations.untold,
    withFacts: unshipped.withFacts,
    callOthers: callForBudgets,
    onAbsent: onAbsentNodes,
  });
  const reservations: Reservations = createReservations({
    store,
    unshipped,
    clock,
    rebuild,
    allowance: createOutageAllowance(outageAllowance),
    onTold: () => mayShip(),
    tell: alert => tellAlert(observers, alert),
  });
  // What other nodes find, the counters are to have heard of: whoever rebuilds them books nothing by guess.
  const mayShip = ledger.holdBack?.(() => reservations.heldBack) ?? (() => {});
  const rateLimiting = createRateLimiting({
    store: rates,
    fallback: localRates,
    nodes: () => nodes.live.length,
    clock,
  });
  const settleAgain = (unbooked: UnbookedSettlement) => rebuild.settle(unshipped.withFacts(unbooked));
  return { reservations, rateLimiting, rebuild, settleAgain };
}
