import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../model/clock.ts';
import type { NanoDollars } from '../model/money.ts';
import type { PolicyContribution } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { Rule } from '../policy/rule.ts';
import type { ProviderAdapter } from '../providers/provider.ts';
import type { CredentialPool } from '../routing/credential-pool.ts';
import type { RetryBudget } from '../routing/retry-budget.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { AuditStore } from '../stores/audit-store.ts';
import type { BudgetStore } from '../stores/budget-store.ts';
import type { ContentStore } from '../stores/content-store.ts';
import type { HealthStore } from '../stores/health-store.ts';
import type { IdempotencyStore } from '../stores/idempotency-store.ts';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { RateLimitStore } from '../stores/rate-limit-store.ts';
import type { SessionStore } from '../stores/session-store.ts';
import type { StreamStore } from '../stores/stream-store.ts';
import type { GatewayObserver } from './observer.ts';
import type { RateLimiting } from './rate-limiting.ts';
import type { Receipts } from './receipts.ts';
import type { Reservations } from './reservations.ts';
import type { StreamDefaults } from './stream-choices.ts';
import type { WriteRetries } from './write-retries.ts';

/** Limits of time towards one provider, in milliseconds. */
export interface ProviderLimits {
  /** The longest that a stream's first semantic event is waited for, as long as another candidate exists. */
  readonly firstEventMs: number;
  /** Between two semantic events of a stream. */
  readonly idleMs: number;
  /** For a whole unary answer, as long as another candidate exists. */
  readonly unaryMs: number;
  /** In place of `firstEventMs` and `unaryMs` where the request asks for reasoning. */
  readonly reasoningMs: number;
}

export interface ConfiguredProvider {
  /** Each with connections of its own. */
  readonly credentials: CredentialPool<ProviderAdapter>;
  /** Whether there is one to try with. */
  readonly hasCredential: boolean;
  /** Parameters of CompleteInput that its protocol has no place for. */
  readonly protocolLacks: readonly string[];
  readonly limits: ProviderLimits;
  /** The simulator: never chosen by `auto` beside a real provider. */
  readonly isSandbox: boolean;
}

/** What a new configuration replaces, whole or not at all. A running completion keeps what it began with. */
export interface Configured {
  readonly catalog: Catalog;
  readonly providers: ReadonlyMap<string, ConfiguredProvider>;
  /** How streams are delivered, where the caller does not say so. Default: see `StreamSettings`. */
  readonly streams?: StreamDefaults;
  /** Keeps its connections open until the result is called: whoever runs on it holds a lease. */
  lease(): () => void;
}

/** Where the policies that bind a caller come from. Read anew for every request and every attempt. */
export interface PolicySource {
  /**
   * The policies in force for this caller and workload, by their newest revision. Synchronous, and the same array as
   * before while nothing that binds the caller changed: what is compiled from it is kept.
   *
   * @throws {GatewayError} STORE_UNAVAILABLE where this node cannot confirm what is in force.
   */
  contributionsFor(principal: Principal, workload: string): readonly PolicyContribution[];
  /**
   * The same by the newest that this node knows of, confirmed or not: for streams that run already, which a rule may have to cut.
   * Default: `contributionsFor`; where that throws, they are cut.
   */
  lastKnownFor?(principal: Principal, workload: string): readonly PolicyContribution[];
  /** Calls the listener after every change that has come into force here, until the result is called. */
  onChange?(listener: () => void): () => void;
}

/** The nodes of an installation. */
export interface NodeList {
  /** Of this process: one that follows it under the same name has another. */
  readonly ownId: string;
  /** Those that may be serving requests, this one among them, as far as it knows. */
  readonly live: readonly string[];
}

/** Carries messages between nodes: they may be lost, and whoever writes on the channel can write anything. */
export interface NodeMessages {
  tell(text: string): Promise<void>;
  listen(listener: (text: string) => void): Promise<unknown>;
  /** A keyed hash that only nodes of this installation can make. */
  sign(text: string): string;
}

/** Everything that the gateway works with. */
export interface GatewayParts {
  readonly configured: () => Configured;
  readonly rules: readonly Rule[];
  readonly policies: PolicySource;
  readonly ledger: LedgerStore;
  readonly access: AccessStore;
  /** Where prompts and answers are kept that a retention rule keeps; absent: nowhere. */
  readonly content?: ContentStore;
  /** Signs what was decided; absent: receipts are off. */
  readonly receipts?: Receipts;
  readonly budgets: BudgetStore;
  readonly rates: RateLimitStore;
  /** Counts rates on this node alone while `rates` is away. */
  readonly localRates: RateLimitStore;
  /** What a node may spend of a tenant's budgets in an outage of their counters. Default 0: nothing. */
  readonly outageAllowance?: NanoDollars;
  readonly nodes: NodeList;
  /** Told of nodes that live and cannot reach the counters of budgets, which were rebuilt without them. Default: nobody is. */
  readonly onAbsentNodes?: (nodeIds: readonly string[]) => void;
  /** Has other nodes call `rebuildBudgets` now. Default: they do so each second. */
  readonly callForBudgets?: () => void;
  readonly health: HealthStore;
  readonly sessions: SessionStore;
  /** Which completion runs under each idempotency key; absent: requests with one are refused. */
  readonly idempotency?: IdempotencyStore;
  /** Streams to re-attach to; absent: there are none. */
  readonly streams?: StreamStore;
  /** Where readings of others' text are written down; absent: nowhere. */
  readonly audit?: AuditStore;
  /** Asks the other nodes to stop what runs there; absent: there are none. */
  readonly messages?: NodeMessages;
  /** The most completions that run, or are waited for, at a time; asked for each. Default 5,000. */
  readonly maxCompletions?: () => number;
  /** A keyed hash that tells nothing of what it was made of, the same on all nodes; absent: requests with a key are refused. */
  readonly hashIdempotency?: (text: string) => string;
  readonly clock: Clock;
  readonly observers: readonly GatewayObserver[];
  /** Makes the caller's own user into a name that tells a provider nothing, and differs between projects. */
  readonly pseudonymOf: (projectId: string, endUser: string) => string;
  /** A keyed hash of who asked, for receipts. */
  readonly hashPrincipal: (text: string) => string;
  /** Names that `providerOptions` may set, by protocol. */
  readonly allowedOptions: Readonly<Record<string, readonly string[]>>;
  /** From 0 to 1, for the jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
}

/** What a run works with. */
export interface RunParts extends GatewayParts {
  /** Holds what the ledger could not take, until it does. */
  readonly retries: WriteRetries;
  readonly reservations: Reservations;
  readonly rateLimiting: RateLimiting;
  /** Of this node, over all its runs. */
  readonly retryBudget: RetryBudget;
}

const noContributions: readonly PolicyContribution[] = [];

/** A gateway without a policy store: what is set in its own code still binds. */
export const noPolicies: PolicySource = { contributionsFor: () => noContributions };
