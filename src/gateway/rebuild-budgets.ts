import type { Clock } from '../model/clock.ts';
import type { BudgetStore, ColdSlot, Reservation } from '../stores/budget-store.ts';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { NodeList } from './core.ts';

export interface BudgetRebuild {
  /** Looks for cold slots once, and opens those that can be opened; the calls of one moment look together. */
  look(): Promise<void>;
  /** How often this node has joined a rebuilding. */
  readonly joins: number;
}

export interface RebuildOptions {
  readonly store: BudgetStore;
  readonly ledger: LedgerStore;
  readonly nodes: NodeList;
  readonly clock: Clock;
  /** What this node holds at this moment. */
  readonly held: () => readonly Reservation[];
  /** Other nodes are to look too, and join. */
  readonly callOthers: () => void;
}

/**
 * Opens the slots that have lost their counters.
 *
 * A node first stops booking, so that what the ledger has booked stands still, then joins with what it holds and what it has settled
 * but not booked. When all live nodes have joined, what is booked and what they brought are all there is: the slot is opened,
 * and booking goes on. Until then requests under a budget are refused.
 */
export function rebuildBudgets({ store, ledger, nodes, clock, held, callOthers }: RebuildOptions): BudgetRebuild {
  const joinedAs = new Map<string, { readonly generation: string; readonly resume: () => void }>();
  let running: Promise<void> | undefined;
  let joins = 0;

  async function join(slot: ColdSlot): Promise<void> {
    const key = slot.tenantId ?? '*';
    if (joinedAs.get(key)?.generation === slot.generation) return;
    joinedAs.get(key)?.resume();
    joinedAs.delete(key);
    const resume = await ledger.holdBooking();
    try {
      joins += 1;
      const own = held().filter(one => isOfSlot(slot, one));
      const known = new Set(own.map(({ id }) => id));
      const settled = (await ledger.unbooked(slot.tenantId)).filter(({ id }) => !known.has(id));
      await store.join(slot, nodes.ownId, own, settled);
    } catch (fault) {
      resume();
      throw fault;
    }
    joinedAs.set(key, { generation: slot.generation, resume });
  }

  async function look(): Promise<void> {
    const cold = await store.coldSlots();
    const keys = new Set(cold.map(({ tenantId }) => tenantId ?? '*'));
    for (const slot of cold) {
      await join(slot);
      const joined = new Set(await store.joined(slot));
      if (!nodes.live.every(id => joined.has(id))) {
        callOthers();
        continue;
      }
      await store.open(slot, await ledger.budgetTotals(slot.tenantId, clock.now()));
      keys.delete(slot.tenantId ?? '*');
    }
    for (const [key, { resume }] of joinedAs) {
      if (keys.has(key)) continue;
      resume();
      joinedAs.delete(key);
    }
  }

  return {
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

function isOfSlot({ tenantId }: ColdSlot, { levels, tenantId: own }: Reservation): boolean {
  return tenantId === undefined ? levels.some(level => level.tenantId === undefined) : own === tenantId;
}
