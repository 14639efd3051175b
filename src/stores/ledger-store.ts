import type { BudgetLevel } from '../model/budget.ts';
import type { Modality, Price } from '../model/catalog.ts';
import type {
  AttemptOutcome,
  Completion,
  CompletionError,
  CompletionStatus,
  FinishReason,
} from '../model/completion.ts';
import type { Label, RoutingPreferences } from '../model/completion-request.ts';
import type { NanoDollars } from '../model/money.ts';
import type { Redaction } from '../model/redaction.ts';
import type { RouteDecision } from '../model/route.ts';
import type { TokenUsage } from '../model/usage.ts';
import type { BookedLevel, Settlement } from './budget-store.ts';
import type { LedgerChecks } from './ledger-checks.ts';
import type { Page, PageRequest } from './page.ts';

/** The facts of a completion, known before any provider is called. No content. */
export interface OpenedCompletion {
  /** A UUIDv7; `createdAt` is the instant in it. */
  readonly id: string;
  readonly createdAt: number;
  readonly tenantId: string;
  readonly projectId: string;
  /** The project and its ancestors as they were. */
  readonly projectPath: readonly string[];
  readonly apiKeyId?: string;
  readonly user?: string;
  readonly entrance: 'GRAPHQL' | 'OPENAI' | 'COMMAND_LINE' | 'EMBEDDED';
  readonly requestedModel: string;
  readonly fallbackModels: readonly string[];
  readonly workload: string;
  readonly labels: readonly Label[];
  /** What the request used: `TOOLS`, `JSON_SCHEMA`, `REASONING`, `STREAMING` and the like. */
  readonly features: readonly string[];
  readonly inputModalities: readonly Modality[];
  readonly estimatedInputTokens: number;
  readonly maxOutputTokens: number;
  readonly routing: RoutingPreferences;
  /**
   * With each candidate's first exclusion, its endpoint and its provider (price, region, data policy) as they were;
   * bounded by the writer.
   */
  readonly route?: RouteDecision;
  readonly redactions: readonly Redaction[];
  /** Milliseconds since the epoch: purged afterwards. Absent: kept. */
  readonly factsUntil?: number;
}

/** Written before the provider is called, so that a crash loses no attempt. */
export interface OpenedAttempt {
  /** A UUIDv7; `startedAt` is the instant in it. */
  readonly id: string;
  readonly completionId: string;
  readonly startedAt: number;
  readonly endpointId: string;
  readonly modelId: string;
  readonly providerId: string;
  readonly vendor: string;
  readonly region?: string;
  /** The price as it was; a row keeps what it was booked at. */
  readonly price?: Price;
  /** Booked if the node dies before the attempt is settled. */
  readonly assumedOnCrash: TokenUsage;
  /** The levels that it is counted against. */
  readonly budgets?: readonly Pick<BudgetLevel, 'key' | 'tenantId' | 'resetsAt'>[];
}

export interface SettledAttempt {
  readonly id: string;
  readonly completionId: string;
  readonly startedAt: number;
  readonly outcome: AttemptOutcome;
  readonly status?: number;
  readonly error?: CompletionError;
  readonly durationMs: number;
  readonly firstTokenMs?: number;
  readonly usage: TokenUsage;
  /** What the provider itself said that it charges. */
  readonly providerCost?: NanoDollars;
}

export interface ClosedCompletion {
  readonly id: string;
  readonly createdAt: number;
  readonly status: Exclude<CompletionStatus, 'RUNNING'>;
  readonly error?: CompletionError;
  readonly endpointId?: string;
  readonly finishReason?: FinishReason;
  readonly finishedAt: number;
  readonly firstTokenMs?: number;
  readonly overheadMs: number;
  readonly redactions: readonly Redaction[];
  /** A JWS, where receipts are on. */
  readonly receipt?: string;
}

/** What an attempt cost that stands on this node's disk, and not where other nodes look. */
export interface UnbookedSettlement extends Settlement {
  readonly completionId: string;
  /** What any node can book it from, at this cost; the completion without its decision. */
  opened(): { readonly completion: OpenedCompletion; readonly attempt: OpenedAttempt };
}

/** The facts of a completion as they were, to be judged anew under a policy. */
export interface RecordedRequest
  extends Pick<
    OpenedCompletion,
    | 'id'
    | 'createdAt'
    | 'tenantId'
    | 'projectId'
    | 'projectPath'
    | 'apiKeyId'
    | 'user'
    | 'workload'
    | 'inputModalities'
    | 'estimatedInputTokens'
    | 'maxOutputTokens'
    | 'route'
  > {
  readonly status: CompletionStatus;
  /** The endpoint that answered. */
  readonly endpointId?: string;
}

/** Members are AND-ed, the entries of one member OR-ed; labels all hold. */
export interface UsageFilter {
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  /** These and all below them. */
  readonly projectIds?: readonly string[];
  readonly apiKeyIds?: readonly string[];
  readonly users?: readonly string[];
  readonly modelIds?: readonly string[];
  readonly providerIds?: readonly string[];
  readonly workloads?: readonly string[];
  readonly statuses?: readonly CompletionStatus[];
  readonly labels?: readonly Label[];
}

export type UsageDimension =
  | 'PROJECT'
  | 'API_KEY'
  | 'USER'
  | 'MODEL'
  | 'PROVIDER'
  | 'VENDOR'
  | 'REGION'
  | 'WORKLOAD'
  | 'STATUS';
export type UsageInterval = 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';
export type UsageOrder = 'COST' | 'REQUESTS' | 'OUTPUT_TOKENS';

export interface UsageQuery {
  readonly filter: UsageFilter;
  readonly groupBy: readonly UsageDimension[];
  readonly groupByLabels: readonly string[];
  readonly interval?: UsageInterval;
  readonly orderBy: UsageOrder;
  readonly first: number;
}

/** Requests count completions; tokens and cost add up their attempts. */
export interface UsageTotals {
  readonly requests: number;
  readonly failures: number;
  readonly refusals: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cost: NanoDollars;
}

export interface UsagePoint {
  /** The start of the interval, in UTC; weeks start on Monday. */
  readonly at: number;
  readonly total: UsageTotals;
}

export interface UsageKey {
  readonly dimension?: UsageDimension;
  readonly label?: string;
  readonly value?: string;
}

export interface UsageGroup {
  readonly keys: readonly UsageKey[];
  readonly total: UsageTotals;
  readonly series: readonly UsagePoint[];
}

export interface UsageReport {
  readonly total: UsageTotals;
  /** The `first` largest. */
  readonly groups: readonly UsageGroup[];
  /** The rest; absent where nothing was left out. */
  readonly others?: UsageTotals;
  readonly series: readonly UsagePoint[];
}

/** What a statement is about: whole days in UTC. */
export interface StatementSpan {
  /** Milliseconds since the epoch, a midnight, inclusive. */
  readonly from: number;
  /** A midnight, exclusive. */
  readonly to: number;
  /** These and all below them; absent: all. */
  readonly projectIds?: readonly string[];
}

/** What one project used of one model at one provider. */
export interface StatementLine {
  readonly projectId: string;
  readonly providerId: string;
  readonly modelId: string;
  readonly usage: UsageTotals;
}

/**
 * The record of completions, attempts and their cost; also the journal that a crash is recovered from.
 *
 * Every write is durable against the death of the process when its promise resolves. Writes of one caller are applied
 * in the order of the calls, and those of one moment in one transaction, roll-ups included. Writing the same row twice
 * changes nothing.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method.
 */
export interface LedgerStore {
  openCompletion(completion: OpenedCompletion): Promise<void>;
  openAttempt(attempt: OpenedAttempt): Promise<void>;
  settleAttempt(attempt: SettledAttempt): Promise<void>;
  /** Ends a completion and books it, with all its attempts, into the roll-ups. Once; later calls change nothing. */
  closeCompletion(completion: ClosedCompletion): Promise<void>;
  /**
   * Books what a dead process left open: attempts become UNKNOWN at what was assumed, their completions INCOMPLETE (or
   * FAILED, where no attempt was made). Called once, before the node is ready.
   *
   * @returns How many attempts that were.
   */
  recover(at: number): Promise<number>;
  /**
   * Books an attempt that nobody else will book, from facts kept elsewhere: its node died, or lost its disk. It becomes
   * UNKNOWN at what was assumed, and its completion INCOMPLETE, unless that has ended already. Where the attempt is recorded,
   * nothing changes, whether it runs or has ended. A settlement that comes later is a correction.
   *
   * @returns What the ledger holds as the attempt's cost: the correction that holds, else what it was booked at.
   */
  adoptAttempt(completion: OpenedCompletion, attempt: OpenedAttempt, at: number): Promise<NanoDollars>;
  /** In the order of the ids; undefined where there is none. The answer's content is never kept, so never returned. */
  completions(ids: readonly string[]): Promise<readonly (Completion | undefined)[]>;
  /** Newest first. */
  listCompletions(filter: UsageFilter, page: PageRequest): Promise<Page<Completion>>;
  usage(query: UsageQuery): Promise<UsageReport>;
  /**
   * The lines of a bill, by project, provider and model, rising; what no provider was tried for costs nothing and is left
   * out. Pages of 1 to 10,000.
   */
  statementLines(span: StatementSpan, page: PageRequest): Promise<Page<StatementLine>>;
  /** What completions cost, all their attempts and corrections together; those without an attempt are left out. */
  costs(completions: readonly Pick<OpenedCompletion, 'id' | 'createdAt'>[]): Promise<ReadonlyMap<string, NanoDollars>>;
  countRequests(filter: UsageFilter): Promise<number>;
  /**
   * Newest first.
   *
   * @param oneOf Of so many only one, chosen by the random part of its id; 1: all.
   */
  recordedRequests(filter: UsageFilter, oneOf: number, page: PageRequest): Promise<Page<RecordedRequest>>;
  /**
   * What is booked on each budget level of a tenant (absent: across tenants) whose window is not over, or has ended less than
   * two days ago, since `now` may be ahead: the cost of the attempts of completions that have ended, with their corrections.
   */
  budgetTotals(tenantId: string | undefined, now: number): Promise<ReadonlyMap<string, BookedLevel>>;
  /** What is settled and not in `budgetTotals` yet: of completions that go on, or still to be sent to where it is booked. */
  unbooked(tenantId: string | undefined): Promise<readonly UnbookedSettlement[]>;
  /** Books nothing more on any level, once this resolves, until the result is called. Where the counters die with the ledger's process it need do nothing. */
  holdBooking(): Promise<() => void>;
  /**
   * Deletes completions past their `factsUntil`, with their attempts; the roll-ups stay. Forgets budget levels whose window
   * ended 35 days ago.
   *
   * @returns How many completions.
   */
  purgeFacts(now: number): Promise<number>;
  /** Told which completions are recorded where other nodes find them. Absent: nobody else ever does. */
  onShipped?(listener: (completionIds: readonly string[]) => void): void;
  /** Sends none of these, asked for each time, to where other nodes find them. @returns To be called when there are fewer. */
  holdBack?(ids: () => readonly string[]): () => void;
  /** Compares the parts of the ledger with each other. */
  readonly checks: LedgerChecks;
}
