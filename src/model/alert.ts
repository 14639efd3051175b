import type { BudgetThreshold } from './budget.ts';
import type { NanoDollars } from './money.ts';
import type { BudgetScope } from './policy.ts';

/**
 * Spending has reached a threshold of a budget; told once in each window, whatever the number of nodes.
 *
 * Told again, with a new id, where it was forgotten that it was told: counters in memory after a restart, and those that Redis
 * has lost; also where an answer of Redis was lost, and for a limit that was raised.
 */
export interface BudgetAlert {
  readonly type: 'budget.threshold';
  /** A UUIDv7: one alert has one id, to whomever it is told. */
  readonly id: string;
  /** Milliseconds since the epoch, as all instants. */
  readonly at: number;
  /** Absent where it is set in the server's own code. */
  readonly policyId?: string;
  readonly budget: string;
  readonly per: BudgetScope;
  /** Whose it is: the id of a project, an API key or a user; absent for one pot for all. */
  readonly scopeId?: string;
  /** Absent: a pot across tenants. */
  readonly tenantId?: string;
  readonly threshold: BudgetThreshold;
  readonly limit: NanoDollars;
  readonly resetsAt?: number;
}

/** The ledger contradicts itself, or the counters. */
export interface LedgerAlert {
  readonly type: 'ledger.mismatch';
  readonly id: string;
  readonly at: number;
  readonly differences: number;
}

/** A provider has refused a key of the gateway, or its account: told at most once an hour for each key, by each node. */
export interface CredentialAlert {
  readonly type: 'credential.rejected';
  readonly id: string;
  readonly at: number;
  readonly providerId: string;
  /** The label that an administrator gave it, or its place in the configuration from 1 on. */
  readonly credential: string;
  /** Where the key is refused for one endpoint only. */
  readonly endpointId?: string;
  /** 401, 402 or 403, mostly; absent where it was said inside an answer. */
  readonly status?: number;
}

/** What an operator is to know at once. No content, no names of people but ids. */
export type Alert = BudgetAlert | LedgerAlert | CredentialAlert;

const everyType: Readonly<Record<Alert['type'], true>> = {
  'budget.threshold': true,
  'ledger.mismatch': true,
  'credential.rejected': true,
};

/** Every type of alert that there is. */
export const alertTypes = Object.keys(everyType) as readonly Alert['type'][];
