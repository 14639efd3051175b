import type { AuditAct } from '../model/audit.ts';
import type { Policy, PolicyRevision } from '../model/policy.ts';
import type { Page, PageRequest } from './page.ts';

/** Every policy by its newest revision, as of one version. */
export interface PolicySnapshot {
  /** Grows with every change, on any node. */
  readonly version: number;
  readonly policies: readonly Policy[];
}

/**
 * Policies and their revisions. Every write stands in one transaction with its entry in the audit log.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface PolicyStore {
  /** The number of the last change, 0 before the first: cheap, for a poll. */
  version(): Promise<number>;
  snapshot(): Promise<PolicySnapshot>;
  /** With its revision 1. */
  createPolicy(policy: Policy, act: AuditAct): Promise<void>;
  /** Adds `policy.revision`. CONFLICT where that is not the one after the newest, or there is no such policy. */
  updatePolicy(policy: Policy, act: AuditAct): Promise<void>;
  /** Its revisions stay, since completions name them. CONFLICT where `revision` is not the newest. */
  deletePolicy(id: string, revision: number, act: AuditAct): Promise<void>;
  /** Newest first; of deleted policies too. */
  listRevisions(policyId: string, page: PageRequest): Promise<Page<PolicyRevision>>;
  revision(policyId: string, revision: number): Promise<PolicyRevision | undefined>;
}
