/** One process of the installation. */
export interface NodeProcess {
  /** As its operator calls it. */
  readonly id: string;
  /** Made anew by each process. */
  readonly bootId: string;
  /** Where it listens; absent until it does. */
  readonly address?: string;
  /** What it has in force: see `PolicyStore.version`. */
  readonly policyVersion: number;
  /** What it has in force: see `AccessStore.version`. */
  readonly accessVersion: number;
}

/** A process as the others see it. Instants are milliseconds since the epoch on the clock of the store. */
export interface NodeState extends NodeProcess {
  readonly startedAt: number;
  /** How long ago it last showed a sign of life, by the store's clock alone; below 0 where that was set back since. */
  readonly silentMs: number;
  /** Where it has ended well. */
  readonly stoppedAt?: number;
}

/**
 * The nodes of an installation, as they tell of themselves. Only the store's own clock counts: those of the nodes may differ.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface NodeStore {
  /**
   * Enters a process that starts. Of several that enter at once under one id, one does.
   *
   * @param silentMs Another process of this id whose last sign of life is farther off is taken for dead.
   * @throws {GatewayError} CONFLICT while another process of this id lives; nothing has changed then.
   */
  join(node: NodeProcess, silentMs: number): Promise<void>;
  /** Shows a sign of life, and what is in force. A process that was removed is entered again; one that has stopped stays so. */
  beat(node: NodeProcess): Promise<void>;
  /** Notes that a process has ended well. */
  stop(bootId: string): Promise<void>;
  /** All of them, the longest running first. */
  list(): Promise<readonly NodeState[]>;
  /** Forgets those that have been silent for longer, whether they stopped or not. */
  remove(silentMs: number): Promise<void>;
}
