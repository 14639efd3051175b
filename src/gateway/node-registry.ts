import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { NodeProcess, NodeState, NodeStore } from '../stores/node-store.ts';

/** How long what a node has in force counts without a sign of life from it and a look at what is in force, in milliseconds. */
export const confirmWithinMs = 30_000;

/** A second more than a node may go on serving unseen: the clocks of two machines do not run at quite the same rate. */
const liveMs = confirmWithinMs + 1000;

/** Whoever has missed ten signs of life may be followed by a process of the same id. */
const deadMs = 10_000;

/** Longer than the time between two signs of life. */
const watchMs = 1500;

const forgetMs = 86_400_000;

export interface NodeRegistryOptions {
  readonly store: NodeStore;
  readonly clock: Clock;
  readonly id: string;
  readonly bootId: string;
  /** What this node has in force. */
  readonly versions: () => Pick<NodeProcess, 'policyVersion' | 'accessVersion'>;
}

/** The nodes of an installation as this one sees them. */
export interface NodeRegistry {
  /** Shows a sign of life, and looks at the others. @throws {GatewayError} STORE_UNAVAILABLE. */
  beat(): Promise<void>;
  /** Whether others have been told what this node has in force now. */
  readonly isTold: boolean;
  /** Looks at the others. @throws {GatewayError} STORE_UNAVAILABLE. */
  read(): Promise<void>;
  /** Who may be serving requests, as of the last look; this node among them. */
  readonly live: readonly NodeProcess[];
  /** When the last sign of life began that others could see, on the monotonic clock. */
  readonly seenMs: number;
  /** Whether a later process of this id lives. */
  readonly isReplaced: boolean;
  /** Tells the others where this node listens. */
  announce(address: string): void;
  leave(): Promise<void>;
}

/**
 * Enters this process among the nodes.
 *
 * A process of the same id that died without a word is waited for until it counts as dead.
 *
 * @throws {GatewayError} CONFLICT where another process of this id lives; STORE_UNAVAILABLE.
 */
export async function enterRegistry(options: NodeRegistryOptions): Promise<NodeRegistry> {
  const { store, clock, id, bootId, versions } = options;
  let address: string | undefined;
  let told = versions();
  let states: readonly NodeState[] = [];
  let isReplaced = false;

  const own = (): NodeProcess => ({ id, bootId, ...(address === undefined ? {} : { address }), ...versions() });
  const isRival = (state: NodeState) => state.id === id && state.bootId !== bootId && state.stoppedAt === undefined;

  async function join(): Promise<void> {
    const silentBefore = new Map<string, number>();
    for (;;) {
      try {
        return await store.join(own(), deadMs);
      } catch (fault) {
        if (!(fault instanceof GatewayError) || fault.code !== 'CONFLICT') throw fault;
      }
      for (const rival of (await store.list()).filter(isRival)) {
        // It would have been silent for longer by now.
        if (rival.silentMs < (silentBefore.get(rival.bootId) ?? Number.NEGATIVE_INFINITY)) throw sameId(rival);
        silentBefore.set(rival.bootId, rival.silentMs);
      }
      await new Promise<void>(resolve => void clock.after(watchMs, resolve));
    }
  }

  async function read(): Promise<void> {
    const all = await store.list();
    const started = all.find(state => state.bootId === bootId)?.startedAt;
    isReplaced = all.some(state => isRival(state) && isWithin(state, deadMs) && isLater(state, started));
    states = all.filter(state => state.stoppedAt === undefined && isWithin(state, liveMs));
  }

  /** Of two processes of one id the later one goes on: whoever started it saw that the first one was silent. */
  function isLater(rival: NodeState, started: number | undefined): boolean {
    if (started === undefined) return true;
    return rival.startedAt > started || (rival.startedAt === started && rival.bootId > bootId);
  }

  await join();
  let seenMs = clock.monotonicMs();
  await store.remove(forgetMs);

  return {
    async beat() {
      const startedMs = clock.monotonicMs();
      const telling = own();
      await store.beat(telling);
      told = telling;
      await read();
      seenMs = startedMs;
    },
    get isTold() {
      const { policyVersion, accessVersion } = versions();
      return told.policyVersion === policyVersion && told.accessVersion === accessVersion;
    },
    read,
    get live() {
      return [own(), ...states.filter(state => state.bootId !== bootId)];
    },
    get seenMs() {
      return seenMs;
    },
    get isReplaced() {
      return isReplaced;
    },
    announce(listening) {
      address = listening;
    },
    leave: () => store.stop(bootId),
  };
}

/** A clock that was set back shows signs of life from the future; those who live give new ones within a second. */
function isWithin({ silentMs }: NodeState, mostMs: number): boolean {
  return Math.abs(silentMs) <= mostMs;
}

function sameId({ id, address }: NodeState): GatewayError {
  const where = address === undefined ? '' : ` at ${address}`;
  return new GatewayError(
    'CONFLICT',
    `another process${where} runs as the node ${id}: give each node a TOLLGATE_NODE_ID of its own`,
  );
}
