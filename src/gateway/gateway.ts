import type { Catalog } from '../catalog/catalog.ts';
import type { Endpoint } from '../model/catalog.ts';
import type { Completion, CompletionEvent } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { EndpointHealth } from '../model/health.ts';
import type { PolicyContribution, RuleKind } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { Exclusion, RouteDecision } from '../model/route.ts';
import type { Rule } from '../policy/rule.ts';
import type { ContentInspection } from '../privacy/inspect-value.ts';
import type { BudgetLevelState } from '../stores/budget-store.ts';
import type { OpenedCompletion, UsageFilter, UsageQuery, UsageReport } from '../stores/ledger-store.ts';
import type { Page, PageRequest } from '../stores/page.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { CountedBudget } from './budget-levels.ts';
import type { DependencyAudit } from './dependency-audit.ts';
import type { GatewayObserver } from './observer.ts';
import type { RateLimitLeft } from './rate-limiting.ts';
import type { Statement } from './statement.ts';

export interface RunOptions {
  readonly entrance: OpenedCompletion['entrance'];
  /** The HTTP request's id, for the log. */
  readonly requestId?: string;
  /** The caller's trace context. */
  readonly traceparent?: string;
  /** It goes on when its reader leaves, until its deadline. Default false. */
  readonly detach?: boolean;
}

/** Of a request that runs once, however often it is sent. */
export interface RunOnceOptions extends RunOptions {
  /** The caller's own: 1 to 255 characters. */
  readonly idempotencyKey: string;
}

/** One completion under way. */
export interface CompletionRun {
  /** A UUIDv7. Of a run that waits for another one it is that one's, until it runs itself. */
  readonly id: string;
  /**
   * Everything that happens, numbered from 0; the last event is finished, failed or incomplete. What arrives in one
   * read of the provider comes as one batch. Cancelling it is leaving: the provider call is aborted within the tick.
   */
  readonly events: EventStream<CompletionEvent>;
  /** What is left of the rate limits, the tightest of each kind; empty before the first event, and where none binds. */
  readonly limitsLeft: readonly RateLimitLeft[];
}

/** What a caller is bound by, all of it. */
export interface EffectivePolicy {
  readonly contributions: readonly PolicyContribution[];
  /** Rule kinds in force that no installed rule enforces: requests are refused until that is mended. */
  readonly unenforceable: readonly RuleKind[];
  /** The pots that this caller's requests count in now. */
  readonly budgets: readonly CountedBudget[];
}

/**
 * The one gate between callers and models: every entrance calls `run`, and nothing else calls a provider.
 *
 * Methods throw `GatewayError` for faults of identity and of input only; every other outcome of a run is data.
 */
export interface Gateway {
  /** The newest revision; a running completion keeps the one that it began with. */
  readonly catalog: Catalog;
  /**
   * Begins a completion.
   *
   * @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND (unknown model), FORBIDDEN (workload), OVERLOADED, SHUTTING_DOWN.
   */
  run(principal: Principal, request: CompletionRequest, options: RunOptions): CompletionRun;
  /**
   * As `run`, for a request with an idempotency key: of several with the same key and input one runs, over all nodes. The others
   * read its events, get what it came to, or end with CONFLICT, which names it, where its text was not kept.
   *
   * @throws {GatewayError} As `run`; IDEMPOTENCY_MISMATCH; STORE_UNAVAILABLE where nobody can tell who holds the key.
   */
  runOnce(principal: Principal, request: CompletionRequest, options: RunOnceOptions): Promise<CompletionRun>;
  /**
   * Reads a completion that runs, or has just ended, on whichever node: the events above `after`, then the live ones.
   *
   * @throws {GatewayError} NOT_FOUND where there is no such stream that the principal may know of; FORBIDDEN where it is not theirs,
   * or no rule lets the gateway keep its text; OVERLOADED, SHUTTING_DOWN, STORE_UNAVAILABLE.
   */
  reattach(principal: Principal, completionId: string, after?: number): Promise<CompletionRun>;
  /** Decides as `run` would, without calling any model. Throws as `run` does. */
  route(principal: Principal, request: CompletionRequest): RouteDecision;
  /**
   * Stops a running completion that the principal may see, on whichever node it runs, and returns it as it ended.
   *
   * @throws {GatewayError} NOT_FOUND, FORBIDDEN; STORE_UNAVAILABLE where the node that runs it does not answer. A finished one is
   * returned as it is.
   */
  cancel(principal: Principal, completionId: string): Promise<Completion>;
  /** In the order of the ids, running ones included; undefined where there is none that the principal may see. */
  completions(principal: Principal, ids: readonly string[]): Promise<readonly (Completion | undefined)[]>;
  /** Newest first, of what the principal may see. */
  listCompletions(principal: Principal, filter: UsageFilter, page: PageRequest): Promise<Page<Completion>>;
  /** A member sees its own project, auditors and administrators all that they administer. */
  usage(principal: Principal, query: UsageQuery): Promise<UsageReport>;
  /**
   * The bill of a calendar month in UTC, of what `usage` shows.
   *
   * @param month `2026-11`
   * @throws {GatewayError} BAD_USER_INPUT.
   */
  statement(principal: Principal, month: string): Promise<Statement>;
  /** How what `usage` shows hangs on single vendors, by requests of the last `windowMs` milliseconds. */
  dependencyAudit(principal: Principal, windowMs: number): Promise<DependencyAudit>;
  /** Why the principal may not use an endpoint now; compiled once for many endpoints. */
  exclusionsFor(principal: Principal): (endpoint: Endpoint) => readonly Exclusion[];
  /** @param workload Default: `default`. */
  effectivePolicy(principal: Principal, workload?: string): EffectivePolicy;
  /**
   * What looks at values outside of a completion, by the content rules that bind the principal at this moment.
   *
   * @param principal Absent where nobody knows who asks: by the rules of this gateway's own code alone.
   * @throws {GatewayError} POLICY_NOT_ENFORCEABLE, STORE_UNAVAILABLE: nothing can be let through then.
   */
  contentInspection(principal: Principal | undefined): ContentInspection;
  /** What is spent and reserved of each of these pots, at this moment. */
  budgetStates(budgets: readonly CountedBudget[]): Promise<readonly BudgetLevelState[]>;
  /** Of the last five minutes. */
  health(endpointId: string): EndpointHealth;
  /** A handle to the same gateway which enforces one rule more. */
  with(rule: Rule): Gateway;
  /** A handle to the same gateway whose runs one observer more watches. */
  observedBy(observer: GatewayObserver): Gateway;
}
