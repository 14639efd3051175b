import { limitsOf, type SoakHistory, type Violation } from './history.ts';

/** Attempts of a node that died so shortly before counters were lost are known to nobody who rebuilds them. */
const unheardBeforeMs = 180_000;
const unheardAfterMs = 60_000;

/** Of pots: nothing is beyond a limit, and the counters, the ledger's sums and its rows agree. */
export function checkMoney(history: SoakHistory, current: ReadonlySet<string>): readonly Violation[] {
  const { rows, levels, pots, counted, verified } = history;
  const violations: Violation[] = [...history.replayed];
  const potOf = limitsOf(pots);
  const say = (check: string, ids: readonly string[], detail: string) => void violations.push({ check, ids, detail });
  const unheard = unheardRows(history);
  const sums = new Map<string, { all: bigint; unheard: bigint }>();
  for (const row of rows) {
    for (const key of row.levelKeys) {
      const sum = sums.get(key) ?? { all: 0n, unheard: 0n };
      sum.all += row.costNanos;
      if (unheard.has(row.id)) sum.unheard += row.costNanos;
      sums.set(key, sum);
    }
  }

  for (const [key, { all, unheard: excused }] of sums) {
    const pot = potOf(key);
    if (pot === undefined || pot.isMonitored || all - excused <= pot.limitNanos) continue;
    say('no pot is overdrawn', [key], `${all} of ${pot.limitNanos}, ${excused} of it lost with the counters`);
  }
  for (const level of levels) {
    const { key, counterSpentNanos, counterReservedNanos, ledgerNanos } = level;
    const booked = sums.get(key)?.all ?? 0n;
    if (ledgerNanos !== booked) say("the ledger's sums are those of its rows", [key], `${ledgerNanos}, rows ${booked}`);
    if (counterSpentNanos !== booked)
      say('the counters are what is booked', [key], `${counterSpentNanos}, rows ${booked}`);
    if (counterReservedNanos !== 0n) say('nothing stays reserved', [key], `${counterReservedNanos}`);
  }
  for (const key of sums.keys()) {
    if (!levels.some(level => level.key === key)) say('the counters are what is booked', [key], 'they do not know it');
  }
  const rowById = new Map(rows.map(row => [row.id, row]));
  for (const { id, costNanos, request = '', isWithBooked = false } of counted.values()) {
    if (!current.has(id)) continue;
    // What it cost is among all that was booked then, or it was never called.
    if (isWithBooked) continue;
    const row = rowById.get(id);
    if (costNanos === undefined) say('nothing stays reserved', [id, request], 'it is held');
    else if (row === undefined) {
      if (costNanos > 0n) say('what is counted is booked', [id, request], `${costNanos}, and there is no row`);
    } else if (row.costNanos !== costNanos) {
      say('what is counted is booked', [id, request], `${costNanos}, booked ${row.costNanos} as ${row.outcome}`);
    }
  }
  for (const difference of verified) say('the ledger verifies', [], difference);
  return violations;
}

/** The closed list: what died with its node, so that the counters which were rebuilt then did not know of it. */
function unheardRows({ rows, callers, boots, faults }: SoakHistory): ReadonlySet<string> {
  const losses = faults.filter(({ kind }) => kind === 'redis-empty').map(({ from }) => from);
  const bootOf = new Map(callers.map(caller => [caller.request, boots[caller.boot]]));
  const isUnheard = (request: string) => {
    const boot = bootOf.get(request);
    if (boot?.endedAt === undefined || boot.ending === 'STOPPED') return false;
    const { endedAt } = boot;
    return losses.some(at => endedAt > at - unheardBeforeMs && endedAt < at + unheardAfterMs);
  };
  return new Set(rows.filter(({ request }) => isUnheard(request)).map(({ id }) => id));
}
