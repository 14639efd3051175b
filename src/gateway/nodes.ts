import type { NodeList, PolicySource } from './core.ts';

/** Which nodes have the newest policies in force, by the names that their operator gave them. */
export interface Rollout {
  readonly appliedNodes: readonly string[];
  /** They may go on with what was in force before. */
  readonly pendingNodes: readonly string[];
}

/** Something that any node may change, and that this one keeps in memory. */
export interface Followed {
  /** Of what is in force here; grows with each change. */
  readonly version: number;
  /** When the last look began that found out what is in force, on the monotonic clock. */
  readonly confirmedMs: number;
  /** Brings into force what has changed. @throws {GatewayError} STORE_UNAVAILABLE. */
  refresh(): Promise<void>;
}

/** This node among those of its installation. */
export interface Nodes extends NodeList {
  /** A source that refuses to answer while this node cannot confirm what is in force. */
  guard(source: PolicySource): PolicySource;
  /** Brings policies that this node has just written into force here, tells the others, and waits for them, though not for long. */
  rollOut(): Promise<Rollout>;
  /** Tells the others that this node has changed a project or key. */
  accessChanged(): Promise<void>;
  /** Tells the others where this node listens. */
  announce(address: string): void;
  /** Whether what one node is to do for all falls to this one. */
  readonly isFirst: boolean;
  /** Why this node refuses requests; undefined where it does not. */
  readonly notReady: string | undefined;
  /** Takes leave of the others. */
  close(): Promise<void>;
}

/** An installation of one node: what it writes is in force at once. */
export function singleNode(id: string, policies: Followed | undefined): Nodes {
  return {
    ownId: id,
    live: [id],
    guard: source => source,
    async rollOut() {
      await policies?.refresh();
      return { appliedNodes: [id], pendingNodes: [] };
    },
    accessChanged: () => Promise.resolve(),
    announce() {},
    isFirst: true,
    notReady: undefined,
    close: () => Promise.resolve(),
  };
}
