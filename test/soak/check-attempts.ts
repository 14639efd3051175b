import {
  type Boot,
  hasFault,
  isDiskLost,
  type LedgerRow,
  type ProviderCall,
  type SoakHistory,
  type Violation,
} from './history.ts';

/** Of what was called and what is booked: every attempt once, and at its true cost. */
export function checkAttempts(history: SoakHistory): readonly Violation[] {
  const { calls, rows, counted, boots, faults } = history;
  const violations: Violation[] = [];
  const callerOf = new Map(history.callers.map(caller => [caller.request, caller]));
  // What cost nothing may never have been called.
  const costly = [...counted.values()].filter(({ costNanos }) => costNanos !== 0n);
  const countedBy = Map.groupBy(costly, ({ request = '', providerId = '' }) => nameOf({ request, providerId }));
  const bootOf = (request: string) => boots[callerOf.get(request)?.boot ?? -1];
  const callsBy = Map.groupBy(calls, nameOf);
  const rowsBy = Map.groupBy(rows, nameOf);
  const say = (check: string, ids: readonly string[], detail: string) => void violations.push({ check, ids, detail });

  for (const [name, seen] of callsBy) {
    const booked = rowsBy.get(name) ?? [];
    if (booked.length >= seen.length) continue;
    const [{ request = '', behaviour = '' } = {}] = seen;
    // Nobody else could know of it: the counters were away, so that no budget bound, and the disk is gone.
    const hasAllCounted = booked.length >= (countedBy.get(name)?.length ?? 0);
    const caller = callerOf.get(request);
    if (caller !== undefined && isDiskLost(boots, caller.boot, caller.endedAt) && hasAllCounted) continue;
    say('each call has a row', [name, request], `${seen.length} calls (${behaviour}), ${booked.length} rows`);
  }
  for (const [name, booked] of rowsBy) {
    const seen = callsBy.get(name) ?? [];
    const ids = booked.map(({ id }) => id);
    const called = booked.filter(row => !mayBeUncalled(row));
    if (called.length > Math.max(1, seen.length)) say('each call has one row', ids, `${name}: ${seen.length} calls`);
    for (const row of booked) checkRow(row, callOf(row, seen));
  }
  return violations;

  /** Its node was stopped in order, and lost its disk before it had shipped; or could not tell the counters when it stopped. */
  function isLost(request: string, { startedAt }: LedgerRow, boot: Boot | undefined): boolean {
    const caller = callerOf.get(request);
    if (caller === undefined || boot?.endedAt === undefined) return false;
    return isDiskLost(boots, caller.boot, caller.endedAt) || hasFault(faults, 'redis', startedAt, boot.endedAt);
  }

  function checkRow(row: LedgerRow, call: ProviderCall | undefined): void {
    const { id, request, outcome, costNanos, isEstimated } = row;
    const ids = [id, request];
    if (outcome === undefined) {
      say('no attempt stays open', ids, 'it has no outcome');
      return;
    }
    // What was granted while the counters were away has reserved nothing.
    const reserved = counted.get(id)?.reservedNanos ?? 0n;
    if (outcome === 'UNKNOWN') {
      const boot = bootOf(request);
      const hasDied = boot?.ending === 'KILLED' || boot?.ending === 'WIPED' || isLost(request, row, boot);
      if (!hasDied) say('what is unknown belongs to a fault', ids, `its node ended ${boot?.ending ?? 'never'}`);
      // One that was settled on a disk that is lost is booked at what the counters have heard of it.
      if (reserved > 0n && reserved !== costNanos && counted.get(id)?.keptNanos !== costNanos) {
        say('what is unknown is booked at its reservation', ids, `${costNanos} instead of ${reserved}`);
      }
      return;
    }
    if (call === undefined) {
      const wasGivenUp = outcome === 'CANCELLED' || outcome === 'TIMED_OUT';
      if (costNanos !== 0n && !wasGivenUp) say('what was never called costs nothing', ids, `${outcome}, ${costNanos}`);
      return;
    }
    if (outcome === 'SUCCEEDED') {
      const reported = call.reportedNanos;
      if (reported === undefined && (call.behaviour !== 'without-usage' || !isEstimated)) {
        say('only whole answers succeed', ids, call.behaviour);
      } else if (reported !== undefined && (reported !== costNanos || isEstimated)) {
        say('what a provider reported is what is booked', ids, `${costNanos} instead of ${reported}`);
      }
    } else if (reserved > 0n && costNanos > reserved) {
      say('no estimate is above its reservation', ids, `${costNanos} of ${reserved}`);
    }
  }
}

/** It was given up, or its node died, before the provider was called. */
function mayBeUncalled({ outcome = '', costNanos }: LedgerRow): boolean {
  return costNanos === 0n || ['UNKNOWN', 'CANCELLED', 'TIMED_OUT'].includes(outcome);
}

/** A provider may be asked twice for one request: a row's call is the first that came after the row was begun. */
function callOf({ startedAt }: LedgerRow, seen: readonly ProviderCall[]): ProviderCall | undefined {
  return seen.find(({ at }) => at >= startedAt) ?? seen[0];
}

function nameOf({ request, providerId }: { readonly request: string; readonly providerId: string }): string {
  return `${request}@${providerId}`;
}
