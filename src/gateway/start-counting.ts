import type { GatewayParts, RunParts } from './core.ts';
import { tellAlert } from './observe.ts';
import { createOutageAllowance } from './outage-allowance.ts';
import { createRateLimiting } from './rate-limiting.ts';
import { type BudgetRebuild, rebuildBudgets } from './rebuild-budgets.ts';
import { createReservations, type Reservations } from './reservations.ts';
import { unshippedSettlements } from './unshipped-settlements.ts';

/** Puts together what counts money and rates for all runs of a gate. */
export function startCounting(
  parts: GatewayParts,
): Pick<RunParts, 'reservations' | 'rateLimiting'> & { readonly rebuild: BudgetRebuild } {
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
  const rebuild = rebuildBudgets({
    store,
    ledger,
    nodes,
    clock,
    held: () => reservations.held,
    untold: () => reservations.untold,
    callOthers: callForBudgets,
    onAbsent: onAbsentNodes,
  });
  const unshipped = unshippedSettlements(store);
  ledger.onShipped?.(unshipped.shipped);
  const reservations: Reservations = createReservations({
    store,
    unshipped,
    clock,
    rebuild,
    allowance: createOutageAllowance(outageAllowance),
    tell: alert => tellAlert(observers, alert),
  });
  const rateLimiting = createRateLimiting({
    store: rates,
    fallback: localRates,
    nodes: () => nodes.live.length,
    clock,
  });
  return { reservations, rateLimiting, rebuild };
}
