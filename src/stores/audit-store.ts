import type { AuditAct, AuditEntry } from '../model/audit.ts';
import type { Page, PageRequest } from './page.ts';

/** The end of the chain. */
export interface AuditHead {
  /** How many entries there are. */
  readonly number: number;
  /** Of the last entry; 64 zeros where there is none. */
  readonly hash: string;
}

/**
 * The audit log: one chain of entries for the installation. Stores that write what is audited append to it in the same
 * transaction; `append` is for acts that write nothing else, such as readings.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface AuditStore {
  /** All or none, in this order. */
  append(acts: readonly AuditAct[]): Promise<void>;
  /** Newest first. `tenantIds`: of these tenants only; absent: of the installation. */
  listEntries(tenantIds: readonly string[] | undefined, page: PageRequest): Promise<Page<AuditEntry>>;
  head(): Promise<AuditHead>;
}
