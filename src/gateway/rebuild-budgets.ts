import { createBoundedMap } from '../model/bounded-map.ts';
import type { BudgetCrossing } from '../model/budget.ts';
import type { Clock } from '../model/clock.ts';
import type { BudgetStore, ColdSlot, Reservation, Settlement } from '../stores/budget-store.ts';
import type { LedgerStore, UnbookedSettlement } from '../stores/ledger-store.ts';
import type { NodeList } from './core.ts';

export interface BudgetRebuild {
  /** Looks for cold slots once, and opens those that can be opened; the calls of one moment look together. */
  look(): Promise<void>;
  /**
   * Settles in the counters, and in those that this node has joined and that are not open yet: what was granted without them
   * after it had joined would be counted nowhere. Once it is in this node's journal, so that a later joining brings it.
   */
  settle(settlement: Settlement): Promise<readonly BudgetCrossing[]>;
  /** How often this node has joined a rebuilding. */
  readonly joins: number;
}

interface Joined {
  readonly slot: ColdSlot;
  readonly resume: () => void;
  /** Whether all that this node knows has been brought, as far as that has come; undefined: not tried. */
  isBrought: Promise<boolean> | undefined;
}

export interface RebuildOptions {
  readonly store: BudgetStore;
  readonly ledger: LedgerStore;
  readonly nodes: NodeList;
  readonly clock: Clock;
  /** What this node holds at this moment. */
  readonly held: () => readonly Reservation[];
  /** What is in its ledger at this moment, and the counters may not have heard of. */
  readonly untold: () => readonly Reservation[];
  /** As the counters are told of what is in the ledger's record on this node. */
  readonly withFacts: (unbooked: UnbookedSettlement) => Settlement;
  /** Other nodes are to look too, and join. */
  readonly callOthers: () => void;
  /** Told of nodes that live and did not join in time: what they hold counts once they reach the counters again. */
  readonly onAbsent: (nodeIds: readonly string[]) => void;
}

/** A node that reaches the others but not the counters is waited for no longer: a lease of what it held would be over. */
const mostWaitMs = 60_000;

/**
 * Opens the slots that have lost their counters.
 *
 * A node first stops booking, so that what the ledger has booked stands still, then joins with what it holds and what it has settled
 * but not booked. When all live nodes have joined, what is booked and what they brought are all there is: the slot is opened,
 * and booking goes on. Until then requests under a budget are refused.
 */
export function rebuildBudgets({
  store,
  ledger,
  nodes,
  clock,
  held,
  untold,
  withFacts,
  callOthers,
  onAbsent,
}: RebuildOptions): BudgetRebuild {
  const joinedAs = new Map<string, Joined>();
  /** When a loss was first seen, on the monotonic clock. */
  const seenCold = createBoundedMap<string, number>(10_000);
  let running: Promise<void> | undefined;
  let joins = 0;

  async function join(slot: ColdSlot): Promise<void> {
    const key = keyOf(slot.tenantId);
    let joined = joinedAs.get(key);
    if (joined?.slot.generation !== slot.generation) {
      joined?.resume();
      joinedAs.delete(key);
      joined = { slot, resume: await ledger.holdBooking(), isBrought: undefined };
      joinedAs.set(key, joined);
    }
    if ((await joined.isBrought) === true) return;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    joined.isBrought = promise;
    try {
      joins += 1;
      const own = held().filter(one => isOfSlot(slot, one));
      const recorded = untold().filter(one => isOfSlot(slot, one));
      const known = new Set(own.map(({ id }) => id));
      const unbooked = await ledger.unbooked(slot.tenantId);
      const waiting = new Set(unbooked.map(({ id }) => id));
      // What is booked comes with all that is booked: that it is settled is remembered, for when the counters are told.
      const booked = recorded
        .filter(({ id }) => !waiting.has(id))
        .map(({ id, tenantId, levels }) => ({ id, tenantId, levels, cost: 0n }));
      const settled = unbooked.filter(({ id }) => !known.has(id)).map(withFacts);
      await store.join(slot, nodes.ownId, own, [...settled, ...booked]);
      const meanwhile = (await ledger.unbooked(slot.tenantId)).filter(({ id }) => known.has(id)).map(withFacts);
      if (meanwhile.length > 0) await store.join(slot, nodes.ownId, [], meanwhile);
      resolve(true);
    } catch (fault) {
      // Some of it may have been brought: until the slot is open, or lost once more, none of it may be booked beside.
      resolve(false);
      throw fault;
    }
  }

  function coldSince(slot: ColdSlot): number {
    const key = `${keyOf(slot.tenantId)} ${slot.generation}`;
    const since = seenCold.get(key) ?? clock.monotonicMs();
    seenCold.set(key, since);
    return since;
  }

  /** @returns Whether it is open now. */
  async function openIfAllJoined(slot: ColdSlot): Promise<boolean> {
    await join(slot);
    const joined = new Set(await store.joined(slot));
    const absent = nodes.live.filter(id => !joined.has(id));
    if (absent.length > 0 && clock.monotonicMs() - coldSince(slot) < mostWaitMs) {
      callOthers();
      return false;
    }
    if (absent.length > 0) onAbsent(absent);
    await store.open(slot, await ledger.budgetTotals(slot.tenantId, clock.now()));
    return true;
  }

  async function look(): Promise<void> {
    const stillCold = new Set<string>();
    const faults: unknown[] = [];
    for (const slot of await store.coldSlots()) {
      // One that fails must not keep the others closed, nor booking held for those that are open.
      const isOpen = await openIfAllJoined(slot).catch((fault: unknown) => {
        faults.push(fault);
        return false;
      });
      if (!isOpen) stillCold.add(keyOf(slot.tenantId));
    }
    for (const [key, { slot, resume }] of joinedAs) {
      if (stillCold.has(key)) continue;
      // A slot that nobody tells of may only be out of sight.
      const isOver = await store.isOver(slot).catch((fault: unknown) => {
        faults.push(fault);
        return false;
      });
      if (!isOver) continue;
      resume();
      joinedAs.delete(key);
    }
    if (faults.length > 0) throw faults[0];
  }

  return {
    async settle(settlement) {
      const crossed = await store.settle(settlement);
      for (const key of keysOf(settlement)) {
        const joined = joinedAs.get(key);
        if (joined === undefined || !(await joined.isBrought)) continue;
        await store.join(joined.slot, nodes.ownId, [], [settlement]);
      }
      return crossed;
    },
    get joins() {
      return joins;
    },
    look() {
      running ??= look().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

function keyOf(tenantId: string | undefined): string {
  return tenantId ?? '*';
}

function keysOf({ tenantId, levels }: Settlement): ReadonlySet<string> {
  return new Set([keyOf(tenantId), ...levels.map(level => keyOf(level.tenantId))]);
}

function isOfSlot({ tenantId }: ColdSlot, { levels, tenantId: own }: Reservation): boolean {
  return tenantId === undefined ? levels.some(level => level.tenantId === undefined) : own === tenantId;
}
