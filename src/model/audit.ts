/** One act of administration, or one reading of kept content, before it is written down. */
export interface AuditAct {
  /** As `actorOf` names principals. */
  readonly actor: string;
  /** `policy.create`, `api-key.revoke`, `content.read`: the kind of the target, then what was done. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly target: string;
  /** The tenant that may read of it; absent: the installation's administrators only. */
  readonly tenantId?: string;
  /** Ids and settings, never names of people or content. */
  readonly change: Readonly<Record<string, unknown>>;
}

/** An act in the chain: changing, leaving out, reordering or cutting off entries breaks it. */
export interface AuditEntry extends AuditAct {
  /** A UUID. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Its place in the installation's one chain, from 1 without gaps. */
  readonly number: number;
  /** SHA-256, hex; of the first entry 64 zeros. */
  readonly previousHash: string;
  /** SHA-256, hex, over `previousHash`, `id`, `at`, `actor`, `action`, `target` and `change`: see `hashAuditEntry`. */
  readonly hash: string;
}
