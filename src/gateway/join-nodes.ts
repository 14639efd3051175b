import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { NodeProcess, NodeStore } from '../stores/node-store.ts';
import { type ChangeHints, type ChangeKind, readHint, writeHint } from './change-hints.ts';
import { confirmWithinMs, enterRegistry, type NodeRegistry } from './node-registry.ts';
import type { Followed, Nodes, Rollout } from './nodes.ts';
import { repeat } from './repeat.ts';

export interface JoinNodesOptions {
  readonly store: NodeStore;
  /** What administrators write; absent: the policies come from elsewhere. */
  readonly policies?: Followed;
  /** Projects and keys. */
  readonly access: Followed;
  /** Absent: changes of other nodes are found by looking alone. */
  readonly hints?: ChangeHints;
  readonly clock: Clock;
  readonly id: string;
  readonly bootId: string;
  /** Told once whenever looking begins to fail. */
  readonly onFault: (cause: unknown) => void;
}

const everyMs = 1000;
const rollOutMs = 2000;
const askAgainMs = 100;
/** What arrives meanwhile is one look: whoever can write to the channel must not keep the database busy. */
const hintMs = 20;

/**
 * Joins the nodes of an installation, and from then on follows what they change.
 *
 * Looking each second is what this rests on; a hint only makes it look at once.
 *
 * @throws {GatewayError} CONFLICT where another process runs as this node; STORE_UNAVAILABLE.
 */
export async function joinNodes(options: JoinNodesOptions): Promise<Nodes> {
  const { store, policies, access, hints, clock, id, bootId, onFault } = options;
  const followed: Readonly<Record<ChangeKind, Followed | undefined>> = { policies, access };
  const versionOf = (kind: ChangeKind) => followed[kind]?.version ?? 0;
  const registry = await enterRegistry({
    store,
    clock,
    id,
    bootId,
    versions: () => ({ policyVersion: versionOf('policies'), accessVersion: versionOf('access') }),
  });
  const failing = new Set<string>();

  async function attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
      failing.delete(what);
    } catch (cause) {
      if (!failing.has(what)) onFault(cause);
      failing.add(what);
    }
  }

  const beats = repeat({ action: () => attempt('beat', registry.beat), everyMs, clock });
  const looks = repeat({ action: look, everyMs, clock });

  async function look(): Promise<void> {
    await Promise.all([
      attempt('access', access.refresh),
      policies === undefined ? undefined : attempt('policies', policies.refresh),
    ]);
    if (!registry.isTold) void beats.now();
  }

  /** Lost hints are made up for by looking. */
  async function tell(kind: ChangeKind): Promise<void> {
    await hints?.tell(writeHint({ kind, version: versionOf(kind) })).catch(() => {});
  }

  let isHinted = false;
  function listen(text: string): void {
    const hint = readHint(text);
    if (isHinted || hint === undefined || hint.version <= versionOf(hint.kind)) return;
    isHinted = true;
    clock.after(hintMs, () => {
      isHinted = false;
      void looks.now();
    });
  }

  async function rollOut(): Promise<Rollout> {
    const isInForce = await policies?.refresh().then(
      () => true,
      () => false,
    );
    if (isInForce !== true) return { appliedNodes: [], pendingNodes: namesOf(registry.live) };
    void tell('policies');
    void beats.now();
    return await agreement(registry, clock, bootId, versionOf('policies'));
  }

  /** Asked for every request. */
  function isConfirmed(): boolean {
    const since = clock.monotonicMs() - confirmWithinMs;
    const hasLooked = access.confirmedMs >= since && (policies === undefined || policies.confirmedMs >= since);
    return hasLooked && registry.seenMs >= since && !registry.isReplaced;
  }

  function whyNotReady(): string | undefined {
    if (isConfirmed()) return undefined;
    if (registry.isReplaced) return `another process runs as the node ${id}`;
    const lookedMs = Math.min(access.confirmedMs, policies?.confirmedMs ?? access.confirmedMs);
    const [what, sinceMs] =
      lookedMs < clock.monotonicMs() - confirmWithinMs
        ? ['the policies and keys in force are unconfirmed', lookedMs]
        : ['the other nodes have not heard of this one', registry.seenMs];
    const since = new Date(clock.now() - clock.monotonicMs() + sinceMs).toISOString();
    return `${what} since ${since}${failing.size > 0 ? ': the database does not answer' : ''}`;
  }

  async function close(): Promise<void> {
    await Promise.all([looks.close(), beats.close()]);
    await attempt('leave', registry.leave);
  }

  try {
    // Whoever changed something before this node was among the others did not wait for it.
    await Promise.all([access.refresh(), policies?.refresh()]);
    await registry.beat();
  } catch (fault) {
    await close();
    throw fault;
  }
  void hints?.listen(listen).catch(() => {});

  return {
    ownId: nameOf({ id, bootId }),
    get live() {
      return registry.live.map(nameOf);
    },
    guard: source => ({
      contributionsFor(principal, workload) {
        if (!isConfirmed()) {
          throw new GatewayError('STORE_UNAVAILABLE', 'This node cannot confirm which policies are in force.');
        }
        return source.contributionsFor(principal, workload);
      },
      lastKnownFor: (principal, workload) =>
        source.lastKnownFor?.(principal, workload) ?? source.contributionsFor(principal, workload),
      ...(source.onChange === undefined ? {} : { onChange: listener => source.onChange?.(listener) ?? (() => {}) }),
    }),
    rollOut,
    async accessChanged() {
      await looks.now();
      await tell('access');
    },
    announce(address) {
      registry.announce(address);
      void beats.now();
    },
    get isFirst() {
      return registry.live.every(other => other.bootId >= bootId);
    },
    get notReady() {
      return whyNotReady();
    },
    close,
  };
}

/** Asks until all have the version in force, or the time is up: once at least, for those that this node did not know of. */
async function agreement(registry: NodeRegistry, clock: Clock, bootId: string, version: number): Promise<Rollout> {
  let isOver = false;
  const { promise: timeUp, resolve: endTime } = Promise.withResolvers<void>();
  const cancelTimer = clock.after(rollOutMs, () => {
    isOver = true;
    endTime();
  });
  const pendingOf = () => registry.live.filter(node => node.bootId !== bootId && node.policyVersion < version);
  // However long that takes: whoever is not known of would pass for one that has it.
  await registry.read().catch(() => {});
  for (;;) {
    if (pendingOf().length === 0 || isOver) break;
    await Promise.race([new Promise<void>(resolve => void clock.after(askAgainMs, resolve)), timeUp]);
    await Promise.race([registry.read().catch(() => {}), timeUp]);
  }
  cancelTimer();
  const pendingNodes = namesOf(pendingOf());
  return { appliedNodes: namesOf(registry.live).filter(name => !pendingNodes.includes(name)), pendingNodes };
}

function namesOf(nodes: readonly NodeProcess[]): readonly string[] {
  return [...new Set(nodes.map(({ id }) => id))].sort();
}

/** A process that follows another one of its id is not the one that came before. */
function nameOf({ id, bootId }: Pick<NodeProcess, 'id' | 'bootId'>): string {
  return `${id}/${bootId}`;
}
