import type { AccessStore } from '../access-store.ts';
import type { AuditStore } from '../audit-store.ts';
import type { ContentStore } from '../content-store.ts';
import type { IdempotencyStore } from '../idempotency-store.ts';
import type { LedgerStore } from '../ledger-store.ts';
import type { NodeStore } from '../node-store.ts';
import type { PolicyStore } from '../policy-store.ts';
import type { SecretStore } from '../secret-store.ts';
import { auditChain } from './audit-chain.ts';
import { sqlAccessStore } from './sql-access-store.ts';
import { sqlAuditStore } from './sql-audit-store.ts';
import { sqlContentStore } from './sql-content-store.ts';
import type { SqlDatabase } from './sql-database.ts';
import { sqlIdempotencyStore } from './sql-idempotency-store.ts';
import { sqlLedgerStore } from './sql-ledger-store.ts';
import { sqlNodeStore } from './sql-node-store.ts';
import { sqlPolicyStore } from './sql-policy-store.ts';
import { sqlSecretStore } from './sql-secret-store.ts';

/** The stores of one installation, in one database. */
export interface Stores {
  readonly ledger: LedgerStore;
  readonly access: AccessStore;
  readonly secrets: SecretStore;
  readonly policies: PolicyStore;
  readonly audit: AuditStore;
  readonly content: ContentStore;
  readonly nodes: NodeStore;
  /** For one machine: several share theirs elsewhere. */
  readonly idempotency: IdempotencyStore;
  /** What they stand on. */
  readonly database: SqlDatabase;
  /** The steps that opening them made to bring the database to this version, by name. */
  readonly migrated: readonly string[];
  /** False once the database is of no use to this process for good: every call is rejected from then on. */
  readonly isUsable: boolean;
  /**
   * Makes room for the entries of coming months, where the database keeps months apart. To be called daily, say.
   *
   * @param since From which instant on months are made. Default: now.
   */
  ensurePartitions(now: number, since?: number): Promise<void>;
  /** Finishes what was asked before, then lets go of the database. */
  close(): Promise<void>;
}

/** @param now Milliseconds since the epoch, for the audit log. */
export function storesOn(
  database: SqlDatabase,
  now: () => number,
): Omit<Stores, 'migrated' | 'isUsable' | 'ensurePartitions' | 'close'> {
  const chain = auditChain(database, now);
  return {
    ledger: sqlLedgerStore(database),
    access: sqlAccessStore(database, chain),
    secrets: sqlSecretStore(database),
    policies: sqlPolicyStore(database, chain),
    audit: sqlAuditStore(database, chain),
    content: sqlContentStore(database, chain),
    nodes: sqlNodeStore(database),
    idempotency: sqlIdempotencyStore(database, { now }),
    database,
  };
}
