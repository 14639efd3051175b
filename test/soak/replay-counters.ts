import type { Change } from './append-only-file.ts';
import { type CounterStep, type HeldAttempt, nanosOf, readStep } from './counter-changes.ts';
import { type CountedAttempt, limitsOf, type Pot, type Violation } from './history.ts';

interface Level {
  spent: bigint;
  reserved: bigint;
}

interface Entry {
  readonly levelKeys: readonly string[];
  readonly amount: bigint;
  readonly request?: string;
  readonly providerId?: string;
  readonly keptNanos?: bigint;
  readonly isWithBooked?: boolean;
  state: 'held' | 'assumed' | 'settled';
  cost: bigint;
}

interface Slot {
  isOpen: boolean;
  readonly levels: Map<string, Level>;
  readonly entries: Map<string, Entry>;
}

export interface Replay {
  readonly violations: readonly Violation[];
  /** By id. Those that only counters which were lost have known have a cost, too. */
  readonly counted: ReadonlyMap<string, CountedAttempt>;
  /** Ids that the counters know which were not lost. */
  readonly current: ReadonlySet<string>;
  readonly steps: number;
  readonly admissions: number;
}

/** A replay that goes on while the counters do. */
export interface CounterReplay {
  /** Replays what came next. */
  feed(changes: readonly Change[]): void;
  /** All counters are lost: what is fed from now on is another lifetime. */
  lose(): void;
  /** What has come of it so far. */
  result(): Replay;
}

/**
 * Replays what the counters have done, in the order in which they did it, against a model with one thread: a reservation adds its
 * amount to what is reserved, a settlement takes it away and adds its cost, and nothing else changes an amount. At no admission
 * is more spent and reserved than the limit.
 *
 * @param lifetimes What was changed from one loss of all counters to the next.
 */
export function replayCounters(lifetimes: readonly (readonly Change[])[], pots: readonly Pot[]): Replay {
  const replay = createReplay(pots);
  for (const lifetime of lifetimes) {
    replay.lose();
    replay.feed(lifetime);
  }
  return replay.result();
}

/** Begins with counters that know nothing. */
export function createReplay(pots: readonly Pot[]): CounterReplay {
  const violations: Violation[] = [];
  const lost = new Map<string, CountedAttempt>();
  const potOf = limitsOf(pots);
  let slots = new Map<string, Slot>();
  let steps = 0;
  let admissions = 0;

  return {
    feed(changes) {
      for (const change of changes) {
        const step = readStep(change);
        if (step === undefined) continue;
        steps += 1;
        const slot = slots.get(step.slot) ?? { isOpen: false, levels: new Map(), entries: new Map() };
        slots.set(step.slot, slot);
        apply(slot, step);
      }
    },
    lose() {
      noteAll(lost, new Set());
      slots = new Map();
    },
    result() {
      const counted = new Map(lost);
      const current = new Set<string>();
      const differing = noteAll(counted, current);
      return { violations: [...violations, ...differing], counted, current, steps, admissions };
    },
  };

  function break_(check: string, ids: readonly string[], detail: string): void {
    violations.push({ check, ids, detail });
  }

  function levelOf(slot: Slot, key: string): Level {
    const level = slot.levels.get(key) ?? { spent: 0n, reserved: 0n };
    slot.levels.set(key, level);
    return level;
  }

  function apply(slot: Slot, step: CounterStep): void {
    if (step.held !== undefined) hold(slot, step.held);
    else if (step.assumed !== undefined) assume(slot, step.assumed);
    else if (step.settledId !== undefined) settle(slot, step.settledId, step);
    else if (step.givenBackId !== undefined) giveBack(slot, step.givenBackId);
    const { kept } = step;
    const entry = kept === undefined ? undefined : slot.entries.get(kept.id);
    if (kept !== undefined && entry !== undefined) {
      slot.entries.set(kept.id, { ...entry, ...namesOf(kept), keptNanos: kept.amount });
    }
    for (const [key, fields] of step.levels) {
      const level = levelOf(slot, key);
      const spent = amountIn(fields, 's');
      const reserved = amountIn(fields, 'r');
      // What the ledger has booked is brought to a slot before it opens.
      const ids = [step.held?.id, step.assumed?.id, step.settledId, step.givenBackId].filter(id => id !== undefined);
      if (!slot.isOpen && ids.length === 0 && spent !== undefined) level.spent = spent;
      const isOff = (spent ?? level.spent) !== level.spent || (reserved ?? level.reserved) !== level.reserved;
      if (!isOff) continue;
      break_(
        'counters follow the model',
        [...ids, key],
        `spent ${spent}, reserved ${reserved}; the model has ${level.spent}, ${level.reserved}`,
      );
      level.spent = spent ?? level.spent;
      level.reserved = reserved ?? level.reserved;
    }
    if (step.opens) slot.isOpen = true;
  }

  function hold(slot: Slot, held: HeldAttempt): void {
    const { id, amount, levelKeys } = held;
    if (slot.entries.has(id)) break_('an attempt is reserved once', [id], 'it was reserved again');
    slot.entries.set(id, { amount, levelKeys, state: 'held', cost: 0n, ...namesOf(held) });
    for (const key of levelKeys) {
      const level = levelOf(slot, key);
      level.reserved += amount;
      if (!slot.isOpen) continue;
      admissions += 1;
      const pot = potOf(key);
      if (pot === undefined || pot.isMonitored || level.spent + level.reserved <= pot.limitNanos) continue;
      break_(
        'no admission exceeds a limit',
        [id, key],
        `${level.spent} spent and ${level.reserved} reserved of ${pot.limitNanos}`,
      );
    }
  }

  function assume(slot: Slot, { id, cost, levelKeys }: NonNullable<CounterStep['assumed']>): void {
    const entry = slot.entries.get(id) ?? { amount: 0n, levelKeys, state: 'settled', cost: 0n };
    if (slot.entries.has(id) && entry.state !== 'held')
      break_('an attempt is settled once', [id], 'it was assumed after');
    end(slot, id, entry, cost, 'assumed');
  }

  function settle(slot: Slot, id: string, step: CounterStep): void {
    const known = slot.entries.get(id);
    if (known?.state === 'settled') break_('an attempt is settled once', [id], 'it was settled again');
    const levelKeys = known?.levelKeys ?? [...step.levels.keys()];
    const entry = known ?? { amount: 0n, levelKeys, state: 'settled' as const, cost: 0n };
    const deltas = levelKeys.map(key => {
      const spent = amountIn(step.levels.get(key) ?? new Map(), 's');
      return (spent ?? levelOf(slot, key).spent) - levelOf(slot, key).spent + entry.cost;
    });
    const [cost = 0n, ...others] = deltas;
    if (others.some(other => other !== cost)) break_('an attempt costs the same in each pot', [id], deltas.join(', '));
    const isWithBooked = known === undefined && !slot.isOpen && cost === 0n;
    end(slot, id, isWithBooked ? { ...entry, isWithBooked } : entry, cost, 'settled');
  }

  function end(slot: Slot, id: string, entry: Entry, cost: bigint, state: 'assumed' | 'settled'): void {
    for (const key of entry.levelKeys) {
      const level = levelOf(slot, key);
      if (entry.state === 'held') level.reserved -= entry.amount;
      level.spent += cost - entry.cost;
    }
    slot.entries.set(id, { ...entry, state, cost });
  }

  function giveBack(slot: Slot, id: string): void {
    const entry = slot.entries.get(id);
    if (entry?.state === 'held') end(slot, id, entry, 0n, 'settled');
    slot.entries.delete(id);
  }

  /** @returns Those that cost one thing in one pot, and another in the next. */
  function noteAll(counted: Map<string, CountedAttempt>, current: Set<string>): readonly Violation[] {
    const differing: Violation[] = [];
    for (const slot of slots.values()) {
      for (const [id, entry] of slot.entries) differing.push(...note(counted, current, id, entry));
    }
    return differing;
  }
}

function note(
  counted: Map<string, CountedAttempt>,
  current: Set<string>,
  id: string,
  entry: Entry,
): readonly Violation[] {
  const { amount, state, cost, levelKeys, keptNanos, isWithBooked = false } = entry;
  const known = counted.get(id);
  const facts = {
    ...namesOf(entry),
    ...(keptNanos === undefined ? {} : { keptNanos }),
  };
  if (levelKeys.length === 0 && state !== 'held') {
    counted.set(id, { id, reservedNanos: amount, ...known, ...facts });
    return [];
  }
  if (isWithBooked) {
    if (!current.has(id)) counted.set(id, { ...(known ?? { id, reservedNanos: amount }), ...facts, isWithBooked });
    current.add(id);
    return [];
  }
  const before = current.has(id) && state !== 'held' ? known?.costNanos : undefined;
  current.add(id);
  const reservedNanos = amount > (known?.reservedNanos ?? 0n) ? amount : (known?.reservedNanos ?? 0n);
  const { costNanos: _before, isWithBooked: _elsewhere, ...rest } = known ?? { id };
  counted.set(id, { ...rest, ...facts, reservedNanos, ...(state === 'held' ? {} : { costNanos: cost }) });
  if (before === undefined || before === cost) return [];
  return [{ check: 'an attempt costs the same in each pot', ids: [id], detail: `${before} and ${cost}` }];
}

function namesOf({ request, providerId }: Pick<HeldAttempt, 'request' | 'providerId'>) {
  return {
    ...(request === undefined ? {} : { request }),
    ...(providerId === undefined ? {} : { providerId }),
  };
}

function amountIn(fields: ReadonlyMap<string, string>, kind: 's' | 'r'): bigint | undefined {
  const [dollars, nanos] = [fields.get(`${kind}d`), fields.get(`${kind}n`)];
  return dollars === undefined || nanos === undefined ? undefined : nanosOf(dollars, nanos);
}
