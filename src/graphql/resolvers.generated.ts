import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Completion as CompletionParent, CompletionError as CompletionErrorParent, Attempt as AttemptParent, Answer as AnswerParent, CompletionEvent as CompletionEventParent } from '../model/completion.ts';
import type { LimitedBy as LimitedByParent } from '../model/limited-by.ts';
import type { Candidate as CandidateParent, Exclusion as ExclusionParent, ExclusionCount as ExclusionCountParent, RouteDecision as RouteDecisionParent, PolicyRef as PolicyRefParent } from '../model/route.ts';
import type { Model as ModelParent, Endpoint as EndpointParent, Provider as ProviderParent } from '../model/catalog.ts';
import type { Project as ProjectParent, ApiKey as ApiKeyParent } from '../model/project.ts';
import type { Principal as PrincipalParent, RoleGrant as RoleGrantParent } from '../model/principal.ts';
import type { EffectivePolicy as EffectivePolicyParent } from '../gateway/gateway.ts';
import type { PolicyContribution as PolicyContributionParent, Policy as PolicyParent, PolicyRevision as PolicyRevisionParent, Subject as SubjectParent, PolicyRules as PolicyRulesParent, RegionRule as RegionRuleParent, RetentionRule as RetentionRuleParent, ModelAccessRule as ModelAccessRuleParent, RateLimitRule as RateLimitRuleParent } from '../model/policy.ts';
import type { PolicyResult as PolicyResultParent, PolicyImpact as PolicyImpactParent, ImpactGroup as ImpactGroupParent, ThinModel as ThinModelParent } from '../gateway/administration.ts';
import type { AuditEntry as AuditEntryParent } from '../model/audit.ts';
import type { ContentHold as ContentHoldParent } from '../stores/content-store.ts';
import type { Statement as StatementParent } from '../gateway/statement.ts';
import type { StatementLine as StatementLineParent, UsageGroup as UsageGroupParent } from '../stores/ledger-store.ts';
import type { DependencyAudit as DependencyAuditParent } from '../gateway/dependency-audit.ts';
import type { GraphQLContext } from './context.ts';
export type Maybe<T> = T | null | undefined;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A whole number from 0 to 2^53 - 1, as a JSON number. */
  Count: { input: number; output: number; }
  /** An ISO 8601 instant in UTC with milliseconds. */
  DateTime: { input: number; output: number; }
  /** A setting of time as ISO 8601, such as PT30S or P30D. Measured times are numbers of milliseconds instead. */
  Duration: { input: number; output: number; }
  /** Any JSON value; as input also a string that holds JSON. */
  JSON: { input: unknown; output: unknown; }
  /** An exact amount of US dollars: a decimal string of at most nine places, without trailing zeros ("0.00117599"), negative only in differences. Input: string or Int. */
  Money: { input: bigint; output: bigint; }
};

export type AccessRole =
  | 'ADMIN'
  | 'AUDITOR'
  | 'MEMBER';

export type ApiKey = {
  readonly __typename?: 'ApiKey';
  readonly createdAt: Scalars['DateTime']['output'];
  readonly expiresAt?: Maybe<Scalars['DateTime']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  readonly name: Scalars['String']['output'];
  /** The first characters, to tell keys apart. */
  readonly prefix: Scalars['String']['output'];
  readonly project: Project;
  readonly revokedAt?: Maybe<Scalars['DateTime']['output']>;
  readonly role: AccessRole;
  readonly workloads?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

export type ApiKeyConnection = {
  readonly __typename?: 'ApiKeyConnection';
  readonly edges: ReadonlyArray<ApiKeyEdge>;
  readonly nodes: ReadonlyArray<ApiKey>;
  readonly pageInfo: PageInfo;
};

export type ApiKeyEdge = {
  readonly __typename?: 'ApiKeyEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: ApiKey;
};

export type ApiKeyInput = {
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  readonly name: Scalars['String']['input'];
  readonly project: Scalars['ID']['input'];
  readonly role?: AccessRole;
  readonly workloads?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ApiKeyPayload = {
  readonly __typename?: 'ApiKeyPayload';
  readonly apiKey: ApiKey;
  readonly secret: Scalars['String']['output'];
};

export type Attempt = {
  readonly __typename?: 'Attempt';
  readonly durationMs: Scalars['Float']['output'];
  readonly endpoint: Endpoint;
  readonly error?: Maybe<CompletionError>;
  readonly firstTokenMs?: Maybe<Scalars['Float']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly outcome: AttemptOutcome;
  readonly startedAt: Scalars['DateTime']['output'];
  /** HTTP status where there was one. */
  readonly status?: Maybe<Scalars['Int']['output']>;
  /** Of this attempt alone. */
  readonly usage: TokenUsage;
};

/** UNKNOWN: the node died while it ran; charged at what was reserved until corrected. */
export type AttemptOutcome =
  | 'CANCELLED'
  | 'CUT'
  | 'FAILED'
  | 'RATE_LIMITED'
  | 'REFUSED'
  | 'SUCCEEDED'
  | 'TIMED_OUT'
  | 'UNKNOWN';

export type AuditConnection = {
  readonly __typename?: 'AuditConnection';
  readonly edges: ReadonlyArray<AuditEdge>;
  readonly nodes: ReadonlyArray<AuditEntry>;
  readonly pageInfo: PageInfo;
};

export type AuditEdge = {
  readonly __typename?: 'AuditEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AuditEntry;
};

export type AuditEntry = {
  readonly __typename?: 'AuditEntry';
  readonly action: Scalars['String']['output'];
  readonly actor: Scalars['String']['output'];
  readonly at: Scalars['DateTime']['output'];
  /** Ids and settings, never names of people or content. */
  readonly change: Scalars['JSON']['output'];
  readonly hash: Scalars['String']['output'];
  readonly id: Scalars['ID']['output'];
  readonly previousHash: Scalars['String']['output'];
  readonly target: Scalars['String']['output'];
};

export type BudgetRule = {
  readonly __typename?: 'BudgetRule';
  /** Sent to the provider where the caller set no limit, so that the worst case is known. */
  readonly defaultMaxOutputTokens?: Maybe<Scalars['Int']['output']>;
  readonly limit: Scalars['Money']['output'];
  readonly name: Scalars['String']['output'];
  readonly per: BudgetScope;
  readonly window: BudgetWindow;
};

export type BudgetRuleInput = {
  readonly defaultMaxOutputTokens?: InputMaybe<Scalars['Int']['input']>;
  readonly limit: Scalars['Money']['input'];
  readonly name: Scalars['String']['input'];
  readonly per?: BudgetScope;
  readonly window: BudgetWindow;
};

/** POLICY: one pot for all whom the policy binds. */
export type BudgetScope =
  | 'API_KEY'
  | 'POLICY'
  | 'PROJECT'
  | 'USER';

export type BudgetState = {
  readonly __typename?: 'BudgetState';
  readonly limit: Scalars['Money']['output'];
  readonly name: Scalars['String']['output'];
  /** Beyond the limit, where a provider charged more than could be known before. */
  readonly overdrawn: Scalars['Money']['output'];
  readonly policy: Policy;
  readonly remaining: Scalars['Money']['output'];
  readonly reserved: Scalars['Money']['output'];
  readonly resetsAt?: Maybe<Scalars['DateTime']['output']>;
  readonly spent: Scalars['Money']['output'];
};

/** Calendar windows in UTC. */
export type BudgetWindow =
  | 'DAY'
  | 'MONTH'
  | 'TOTAL'
  | 'WEEK';

export type Candidate = {
  readonly __typename?: 'Candidate';
  readonly endpoint: Endpoint;
  /** All reasons, not just the first; those of policies in MONITOR mode too, which exclude nothing. */
  readonly exclusions: ReadonlyArray<Exclusion>;
  /** What the call is expected to cost here. */
  readonly expectedCost?: Maybe<Scalars['Money']['output']>;
  /** The parts of the score, in US dollars; the lowest sum wins. */
  readonly score: ReadonlyArray<ScorePart>;
  readonly status: CandidateStatus;
  /** The rank it would have had without its exclusions: shows what each policy costs. */
  readonly wouldRank?: Maybe<Scalars['Int']['output']>;
};

export type CandidateStatus =
  | 'EXCLUDED'
  | 'FALLBACK'
  | 'OUTRANKED'
  | 'SELECTED';

/** PREFIX: accepts a last message of the assistant to go on from. */
export type Capability =
  | 'JSON_SCHEMA'
  | 'PREFIX'
  | 'PROMPT_CACHE'
  | 'REASONING'
  | 'STREAMING'
  | 'TOOLS';

export type Citation = {
  readonly __typename?: 'Citation';
  readonly end?: Maybe<Scalars['Int']['output']>;
  readonly start?: Maybe<Scalars['Int']['output']>;
  readonly title?: Maybe<Scalars['String']['output']>;
  readonly url?: Maybe<Scalars['String']['output']>;
};

export type CompleteInput = {
  /** The whole call, retries and handoffs included, ends within this time. Absent: PT5M. */
  readonly deadline?: InputMaybe<Scalars['Duration']['input']>;
  /** Only for the subscription: keep generating when the subscriber leaves, so that it can re-attach. */
  readonly detach?: Scalars['Boolean']['input'];
  /** The caller's own user, for attribution and abuse reports; never for policy. */
  readonly endUser?: InputMaybe<Scalars['String']['input']>;
  /** Models to try, in this order, when no endpoint of `model` can answer. */
  readonly fallbackModels?: ReadonlyArray<Scalars['String']['input']>;
  readonly frequencyPenalty?: InputMaybe<Scalars['Float']['input']>;
  /**
   * A retry with the same key and the same input joins the run that is under way, or returns its finished result where
   * the gateway may keep text, else CONFLICT with the first one's id; it is charged once. A run whose connection is lost
   * goes on for ten seconds for its twin. Kept for 24 hours.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** For cost attribution. At most 16, 64 characters each. */
  readonly labels?: ReadonlyArray<LabelInput>;
  /** Absent: 4096, or what a policy sets. It is always sent to the provider. */
  readonly maxOutputTokens?: InputMaybe<Scalars['Int']['input']>;
  readonly messages: ReadonlyArray<MessageInput>;
  /**
   * A model id ("anthropic/claude-sonnet-4.5"), one of its endpoints ("anthropic/claude-sonnet-4.5@bedrock-eu"), an alias
   * set by an administrator, or "auto" to let the router choose.
   */
  readonly model?: Scalars['String']['input'];
  readonly parallelToolCalls?: InputMaybe<Scalars['Boolean']['input']>;
  readonly presencePenalty?: InputMaybe<Scalars['Float']['input']>;
  /** Parameters of one wire protocol, from an allow list per protocol. */
  readonly providerOptions?: ReadonlyArray<ProviderOptionsInput>;
  readonly reasoning?: InputMaybe<ReasoningInput>;
  readonly responseFormat?: InputMaybe<ResponseFormatInput>;
  readonly routing?: InputMaybe<RoutingInput>;
  readonly seed?: InputMaybe<Scalars['Int']['input']>;
  /** Requests of one session prefer the endpoint whose prompt cache is warm. */
  readonly sessionId?: InputMaybe<Scalars['String']['input']>;
  readonly stop?: ReadonlyArray<Scalars['String']['input']>;
  readonly temperature?: InputMaybe<Scalars['Float']['input']>;
  readonly toolChoice?: InputMaybe<ToolChoiceInput>;
  readonly tools?: ReadonlyArray<ToolInput>;
  readonly topK?: InputMaybe<Scalars['Int']['input']>;
  readonly topP?: InputMaybe<Scalars['Float']['input']>;
  /**
   * What this call is for: letters, digits, `.`, `_`, `-`, at most 64. Absent: the name of the GraphQL operation, else
   * "default". Where the key or project lists its workloads, one outside the list is FORBIDDEN.
   */
  readonly workload?: InputMaybe<Scalars['String']['input']>;
};

export type Completion = {
  readonly __typename?: 'Completion';
  /** What was tried, in order. */
  readonly attempts: ReadonlyArray<Attempt>;
  readonly createdAt: Scalars['DateTime']['output'];
  /** The endpoint that answered. */
  readonly endpoint?: Maybe<Endpoint>;
  /** Why `status` is not FINISHED. */
  readonly error?: Maybe<CompletionError>;
  readonly finishReason?: Maybe<FinishReason>;
  readonly finishedAt?: Maybe<Scalars['DateTime']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly labels: ReadonlyArray<Label>;
  readonly message?: Maybe<Message>;
  /** The model that answered, whichever was asked for. */
  readonly model?: Maybe<Model>;
  /** What was delivered of an answer that was cut, cancelled or blocked. */
  readonly partialText?: Maybe<Scalars['String']['output']>;
  /** What was asked, as the content rules left it; null unless a retention rule keeps text. Reading it is written to the audit log. */
  readonly prompt?: Maybe<Scalars['JSON']['output']>;
  /** A signed statement of what was decided and why (JWS; the keys are at /.well-known/jwks.json). */
  readonly receipt?: Maybe<Scalars['String']['output']>;
  /** Opens the digests of the receipt. Only in the mutation and the last event; it is never kept. */
  readonly receiptNonce?: Maybe<Scalars['String']['output']>;
  /** What the content rules found and did. Never the values. */
  readonly redactions: ReadonlyArray<Redaction>;
  readonly route?: Maybe<RouteDecision>;
  readonly status: CompletionStatus;
  /** The whole answer. Null unless `status` is FINISHED; later also where it was not kept (the mutation and the last event always carry it). */
  readonly text?: Maybe<Scalars['String']['output']>;
  readonly timing?: Maybe<Timing>;
  /** Over all attempts. */
  readonly usage: TokenUsage;
  readonly workload: Scalars['String']['output'];
};

/** Number 0 of every completion that was routed, before any provider is called: from now on it can be cancelled and re-attached. */
export type CompletionAccepted = CompletionEvent & {
  readonly __typename?: 'CompletionAccepted';
  readonly completionId: Scalars['ID']['output'];
  readonly route: RouteDecision;
  readonly seq: Scalars['Int']['output'];
};

export type CompletionConnection = {
  readonly __typename?: 'CompletionConnection';
  readonly edges: ReadonlyArray<CompletionEdge>;
  readonly nodes: ReadonlyArray<Completion>;
  readonly pageInfo: PageInfo;
};

export type CompletionEdge = {
  readonly __typename?: 'CompletionEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Completion;
};

export type CompletionError = {
  readonly __typename?: 'CompletionError';
  readonly code: ErrorCode;
  /** With NO_ELIGIBLE_ENDPOINT: how many endpoints each reason excluded, and which of them, lifted alone, would leave one. */
  readonly excludedBy: ReadonlyArray<ExclusionCount>;
  /** With BUDGET_EXCEEDED and RATE_LIMITED: which rule refused, and what is left of it. */
  readonly limitedBy?: Maybe<LimitedBy>;
  readonly message: Scalars['String']['output'];
  readonly retryAfterMs?: Maybe<Scalars['Float']['output']>;
  readonly retryable: Scalars['Boolean']['output'];
};

/** Events are numbered from 0 without gaps, so a client can tell whether it missed one. */
export type CompletionEvent = {
  readonly completionId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
};

/** Nothing was delivered. */
export type CompletionFailed = CompletionEvent & {
  readonly __typename?: 'CompletionFailed';
  readonly completion: Completion;
  readonly completionId: Scalars['ID']['output'];
  readonly error: CompletionError;
  readonly seq: Scalars['Int']['output'];
};

export type CompletionFinished = CompletionEvent & {
  readonly __typename?: 'CompletionFinished';
  readonly completion: Completion;
  readonly completionId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
};

/** The answer is cut, cancelled or blocked midway: what was delivered stands, and is charged. */
export type CompletionIncomplete = CompletionEvent & {
  readonly __typename?: 'CompletionIncomplete';
  readonly completion: Completion;
  readonly completionId: Scalars['ID']['output'];
  readonly error: CompletionError;
  readonly seq: Scalars['Int']['output'];
};

/** An endpoint has begun to answer. */
export type CompletionStarted = CompletionEvent & {
  readonly __typename?: 'CompletionStarted';
  readonly completionId: Scalars['ID']['output'];
  readonly endpoint: Endpoint;
  readonly seq: Scalars['Int']['output'];
};

export type CompletionStatus =
  | 'CANCELLED'
  | 'FAILED'
  | 'FINISHED'
  | 'INCOMPLETE'
  | 'REFUSED'
  | 'RUNNING';

export type ContentAction =
  /** Refuse the request, or end the stream. */
  | 'BLOCK'
  /** Only count it. */
  | 'FLAG'
  /** Replace by a placeholder that is turned back in the answer, so that the provider never sees the value. */
  | 'PSEUDONYMIZE'
  /** Replace by the kind: [EMAIL]. */
  | 'REDACT';

/** Members are AND-ed; a project holds those below it. */
export type ContentHold = {
  readonly __typename?: 'ContentHold';
  readonly createdAt: Scalars['DateTime']['output'];
  readonly createdBy: Scalars['String']['output'];
  readonly id: Scalars['ID']['output'];
  readonly project?: Maybe<Project>;
  readonly user?: Maybe<Scalars['String']['output']>;
};

export type ContentHoldInput = {
  readonly project?: InputMaybe<Scalars['ID']['input']>;
  readonly user?: InputMaybe<Scalars['String']['input']>;
};

export type ContentRule = {
  readonly __typename?: 'ContentRule';
  readonly action: ContentAction;
  /** Detectors such as EMAIL, PHONE, PAYMENT_CARD, IBAN, US_SSN, API_KEY, or a group: PII, SECRET, ALL (PERSON and ADDRESS only by name). */
  readonly detect: ReadonlyArray<Scalars['String']['output']>;
  readonly directions: ReadonlyArray<Direction>;
  /** Further demands on the route once something was found. */
  readonly escalate?: Maybe<EscalationRule>;
  /** What to do with images, audio and files that no detector can read. */
  readonly onUninspectable: UninspectableAction;
  /** A pattern of the administrator's own, in RE2 syntax. */
  readonly pattern?: Maybe<Scalars['String']['output']>;
};

export type ContentRuleInput = {
  readonly action: ContentAction;
  readonly detect?: ReadonlyArray<Scalars['String']['input']>;
  readonly directions?: ReadonlyArray<Direction>;
  readonly escalate?: InputMaybe<EscalationRuleInput>;
  readonly onUninspectable?: UninspectableAction;
  readonly pattern?: InputMaybe<Scalars['String']['input']>;
};

/** What is known of how prompts are handled. Unknown counts as kept and trained on. */
export type DataPolicy = {
  readonly __typename?: 'DataPolicy';
  readonly checkedAt?: Maybe<Scalars['String']['output']>;
  /** Where the fact comes from: a document, or the contract that an administrator named. */
  readonly evidence?: Maybe<Scalars['String']['output']>;
  readonly retention: Retention;
  readonly retentionDays?: Maybe<Scalars['Int']['output']>;
  readonly training?: Maybe<Scalars['Boolean']['output']>;
  /** After this day it counts as unknown. */
  readonly validUntil?: Maybe<Scalars['String']['output']>;
};

export type DependencyAudit = {
  readonly __typename?: 'DependencyAudit';
  /** Share of spend with an endpoint of a second vendor that the same policies allow. Null without traffic. */
  readonly coveredShare?: Maybe<Scalars['Float']['output']>;
  readonly vendors: ReadonlyArray<VendorDependency>;
};

export type Direction =
  | 'INPUT'
  | 'OUTPUT';

export type EffectivePolicy = {
  readonly __typename?: 'EffectivePolicy';
  readonly budgets: ReadonlyArray<BudgetState>;
  readonly contributions: ReadonlyArray<PolicyContribution>;
  /** Rule kinds in force that no installed rule enforces: requests are refused until that is mended. */
  readonly unenforceable: ReadonlyArray<RuleKind>;
};

/** A model as one provider serves it: what a request is routed to. */
export type Endpoint = {
  readonly __typename?: 'Endpoint';
  /** Whether generation, and so the bill, goes on at the provider after the gateway hung up. Null: not known. */
  readonly billsAfterAbort?: Maybe<Scalars['Boolean']['output']>;
  readonly dataPolicy: DataPolicy;
  /** Why the caller may not use it now; all reasons. */
  readonly exclusions: ReadonlyArray<Exclusion>;
  readonly health: EndpointHealth;
  /** "model@provider", split at the last @; a variant follows after a slash: "meta/llama-3.3-70b@deepinfra/fp8". */
  readonly id: Scalars['ID']['output'];
  readonly model: Model;
  readonly price?: Maybe<Price>;
  readonly provider: Provider;
  readonly quantization?: Maybe<Scalars['String']['output']>;
  readonly region?: Maybe<Scalars['String']['output']>;
};

/** Of the last five minutes, over all nodes. */
export type EndpointHealth = {
  readonly __typename?: 'EndpointHealth';
  readonly firstTokenP50Ms?: Maybe<Scalars['Float']['output']>;
  readonly firstTokenP99Ms?: Maybe<Scalars['Float']['output']>;
  readonly state: HealthState;
  /** Tokens per second, median. */
  readonly throughput?: Maybe<Scalars['Float']['output']>;
  /** From 0 to 1. Null without traffic. */
  readonly uptime?: Maybe<Scalars['Float']['output']>;
};

export type EraseContentPayload = {
  readonly __typename?: 'EraseContentPayload';
  readonly erased: Scalars['Count']['output'];
  /** Kept, because a hold names it. */
  readonly held: Scalars['Count']['output'];
};

/** One closed set, also used in `errors[].extensions.code`. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'BUDGET_EXCEEDED'
  | 'CANCELLED'
  | 'CONFLICT'
  | 'CONTENT_BLOCKED'
  | 'CONTENT_FILTERED'
  | 'CONTEXT_LENGTH_EXCEEDED'
  | 'DEADLINE_EXCEEDED'
  | 'FORBIDDEN'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INTERNAL'
  | 'NOT_FOUND'
  | 'NO_ELIGIBLE_ENDPOINT'
  | 'OVERLOADED'
  | 'POLICY_NOT_ENFORCEABLE'
  | 'PROVIDER_CREDENTIALS_REJECTED'
  | 'PROVIDER_FAILED'
  | 'PROVIDER_RATE_LIMITED'
  | 'PROVIDER_TIMEOUT'
  | 'RATE_LIMITED'
  | 'SHUTTING_DOWN'
  | 'STORE_UNAVAILABLE'
  | 'STREAM_CUT'
  | 'UNAUTHENTICATED';

export type EscalationRule = {
  readonly __typename?: 'EscalationRule';
  readonly denyTraining: Scalars['Boolean']['output'];
  readonly regions?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly zeroDataRetention: Scalars['Boolean']['output'];
};

export type EscalationRuleInput = {
  readonly denyTraining?: Scalars['Boolean']['input'];
  readonly regions?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly zeroDataRetention?: Scalars['Boolean']['input'];
};

export type Exclusion = {
  readonly __typename?: 'Exclusion';
  readonly code: ExclusionCode;
  readonly detail: Scalars['String']['output'];
  /** False under MONITOR. */
  readonly enforced: Scalars['Boolean']['output'];
  readonly policy?: Maybe<Policy>;
  readonly revision?: Maybe<Scalars['Int']['output']>;
};

export type ExclusionCode =
  | 'BUDGET'
  | 'CALLER_IGNORED'
  | 'CALLER_ONLY'
  | 'CONTENT_ESCALATION'
  | 'CONTEXT_LENGTH'
  | 'CONTINUATION'
  | 'CREDENTIALS'
  | 'DEPRECATED'
  | 'MAX_PRICE'
  | 'MODALITY'
  | 'MODEL_ACCESS'
  | 'PARAMETERS'
  | 'PROVIDER_ACCESS'
  | 'QUANTIZATION'
  | 'RATE_LIMIT'
  | 'REGION'
  | 'RETENTION'
  | 'TRAINING'
  | 'UNHEALTHY'
  | 'UNKNOWN_PRICE';

export type ExclusionCount = {
  readonly __typename?: 'ExclusionCount';
  readonly code: ExclusionCode;
  /** Lifting this alone would leave an endpoint. */
  readonly decisive: Scalars['Boolean']['output'];
  readonly endpoints: Scalars['Int']['output'];
  readonly policy?: Maybe<Policy>;
};

export type FinishReason =
  | 'CONTENT_FILTER'
  | 'LENGTH'
  | 'REFUSAL'
  | 'STOP'
  | 'TOOL_CALLS';

/** The endpoint failed after text had been delivered, and another took over. */
export type Handoff = CompletionEvent & {
  readonly __typename?: 'Handoff';
  readonly completionId: Scalars['ID']['output'];
  readonly from: Endpoint;
  /** Text of events after this number is void; 0 voids all of it. */
  readonly keepThroughSeq: Scalars['Int']['output'];
  readonly mode: HandoffMode;
  /** Why `from` was left: CUT, STALLED, MALFORMED or FAILED. */
  readonly reason: Scalars['String']['output'];
  readonly seq: Scalars['Int']['output'];
  readonly to: Endpoint;
};

export type HandoffMode =
  /**
   * Another endpoint goes on where the text was cut, and nothing delivered becomes void: from an assistant prefix where its
   * model takes one, else by starting over, held back until it has repeated the delivered text to the letter. Where it
   * does not, the answer ends as incomplete.
   */
  | 'CONTINUE'
  /** As CONTINUE; where that fails, another endpoint starts over in the open, and the event says which text is void. */
  | 'RESTART'
  /** End with CompletionIncomplete. */
  | 'TERMINATE';

export type HealthState =
  | 'DEGRADED'
  | 'HEALTHY'
  | 'OPEN'
  | 'UNKNOWN';

export type ImpactGroup = {
  readonly __typename?: 'ImpactGroup';
  readonly refused: Scalars['Count']['output'];
  readonly requests: Scalars['Count']['output'];
  readonly rerouted: Scalars['Count']['output'];
  readonly subject: Subject;
};

export type ImpactGroupConnection = {
  readonly __typename?: 'ImpactGroupConnection';
  readonly edges: ReadonlyArray<ImpactGroupEdge>;
  readonly nodes: ReadonlyArray<ImpactGroup>;
  readonly pageInfo: PageInfo;
};

export type ImpactGroupEdge = {
  readonly __typename?: 'ImpactGroupEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: ImpactGroup;
};

export type Label = {
  readonly __typename?: 'Label';
  readonly name: Scalars['String']['output'];
  readonly value: Scalars['String']['output'];
};

export type LabelInput = {
  readonly name: Scalars['String']['input'];
  readonly value: Scalars['String']['input'];
};

export type LimitUnit =
  | 'DOLLARS'
  | 'REQUESTS'
  | 'TOKENS';

export type LimitedBy = {
  readonly __typename?: 'LimitedBy';
  /** Exact decimal text, as is `remaining`. */
  readonly limit: Scalars['String']['output'];
  /** Of a budget. */
  readonly name?: Maybe<Scalars['String']['output']>;
  readonly per: BudgetScope;
  /** Null where it is set in the server's own code, or the caller may not see it. */
  readonly policy?: Maybe<Policy>;
  readonly remaining: Scalars['String']['output'];
  /** When all of it is there again. Null: never. */
  readonly resetsAt?: Maybe<Scalars['DateTime']['output']>;
  /** BUDGETS or RATE_LIMITS. */
  readonly rule: RuleKind;
  readonly unit: LimitUnit;
};

/** US dollars per million tokens, and per request. Hard limits. */
export type MaxPriceInput = {
  readonly input?: InputMaybe<Scalars['Money']['input']>;
  readonly output?: InputMaybe<Scalars['Money']['input']>;
  readonly request?: InputMaybe<Scalars['Money']['input']>;
};

/** Either a URL that the provider fetches itself, or base64 data with its media type. The gateway never fetches a URL. */
export type MediaInput = {
  readonly data?: InputMaybe<Scalars['String']['input']>;
  readonly mediaType?: InputMaybe<Scalars['String']['input']>;
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly url?: InputMaybe<Scalars['String']['input']>;
};

export type MediaPart = Part & {
  readonly __typename?: 'MediaPart';
  readonly data?: Maybe<Scalars['String']['output']>;
  readonly index: Scalars['Int']['output'];
  readonly mediaType: Scalars['String']['output'];
  readonly url?: Maybe<Scalars['String']['output']>;
};

export type Message = {
  readonly __typename?: 'Message';
  /** Opaque state of the provider (reasoning signatures and the like). Give it back unchanged with the next request. */
  readonly continuation?: Maybe<Scalars['String']['output']>;
  readonly parts: ReadonlyArray<Part>;
  readonly reasoning?: Maybe<Scalars['String']['output']>;
  readonly refusal?: Maybe<Scalars['String']['output']>;
  readonly role: MessageRole;
  /** The text parts, joined. */
  readonly text: Scalars['String']['output'];
  readonly toolCalls: ReadonlyArray<ToolCall>;
};

export type MessageInput = {
  /** The `continuation` of the answer that is given back here, unchanged. */
  readonly continuation?: InputMaybe<Scalars['String']['input']>;
  readonly parts?: InputMaybe<ReadonlyArray<PartInput>>;
  readonly role: MessageRole;
  /** Plain text. Give either `text` or `parts`. */
  readonly text?: InputMaybe<Scalars['String']['input']>;
  /** On a TOOL message: the call that it answers. */
  readonly toolCallId?: InputMaybe<Scalars['ID']['input']>;
  /** On an ASSISTANT message: the calls that it made. */
  readonly toolCalls?: ReadonlyArray<ToolCallInput>;
};

export type MessageRole =
  | 'ASSISTANT'
  | 'SYSTEM'
  | 'TOOL'
  | 'USER';

export type Modality =
  | 'AUDIO'
  | 'FILE'
  | 'IMAGE'
  | 'TEXT'
  | 'VIDEO';

/** A model, whoever serves it. */
export type Model = {
  readonly __typename?: 'Model';
  readonly author: Scalars['String']['output'];
  readonly capabilities: ReadonlyArray<Capability>;
  readonly contextTokens: Scalars['Int']['output'];
  readonly deprecated: Scalars['Boolean']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  /** Where it is served, and whether the caller may use it there. */
  readonly endpoints: ReadonlyArray<Endpoint>;
  readonly id: Scalars['ID']['output'];
  readonly inputModalities: ReadonlyArray<Modality>;
  readonly knowledgeCutoff?: Maybe<Scalars['String']['output']>;
  readonly maxOutputTokens?: Maybe<Scalars['Int']['output']>;
  readonly name: Scalars['String']['output'];
  readonly outputModalities: ReadonlyArray<Modality>;
  readonly releasedAt?: Maybe<Scalars['String']['output']>;
};

/** Ids or patterns with *: "anthropic/*". Providers by id or vendor. */
export type ModelAccessRule = {
  readonly __typename?: 'ModelAccessRule';
  readonly allow?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly allowProviders?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly cutStreams: Scalars['Boolean']['output'];
  readonly deny?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly denyProviders?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

export type ModelAccessRuleInput = {
  readonly allow?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly allowProviders?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly cutStreams?: Scalars['Boolean']['input'];
  readonly deny?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly denyProviders?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ModelConnection = {
  readonly __typename?: 'ModelConnection';
  readonly edges: ReadonlyArray<ModelEdge>;
  readonly nodes: ReadonlyArray<Model>;
  readonly pageInfo: PageInfo;
  readonly totalCount: Scalars['Int']['output'];
};

export type ModelEdge = {
  readonly __typename?: 'ModelEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Model;
};

/** Members are AND-ed, the entries of one member OR-ed. */
export type ModelFilter = {
  readonly authors?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly inputModalities?: InputMaybe<ReadonlyArray<Modality>>;
  readonly maxInputPrice?: InputMaybe<Scalars['Money']['input']>;
  readonly minContextTokens?: InputMaybe<Scalars['Int']['input']>;
  readonly providers?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly regions?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly search?: InputMaybe<Scalars['String']['input']>;
  readonly supports?: InputMaybe<ReadonlyArray<Capability>>;
  readonly vendors?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly zeroDataRetention?: InputMaybe<Scalars['Boolean']['input']>;
};

export type ModelOrder = {
  readonly direction?: OrderDirection;
  readonly field: ModelOrderField;
};

export type ModelOrderField =
  | 'CONTEXT'
  | 'INPUT_PRICE'
  | 'LATENCY'
  | 'NAME'
  | 'OUTPUT_PRICE'
  | 'QUALITY'
  | 'RELEASED'
  | 'THROUGHPUT';

export type Mutation = {
  readonly __typename?: 'Mutation';
  /** Stops the purge of kept text of a project, a user, or a user in a project. Administrators only. */
  readonly addContentHold: ContentHold;
  /** Stops a running completion, on whichever node it runs. Only who began it may, or an administrator of its project: else FORBIDDEN. */
  readonly cancelCompletion: Completion;
  /**
   * Runs a completion and returns it whole. Only faults of identity and of input are GraphQL errors; a refusal by
   * policy, an exhausted budget, a failed provider, a cut answer are data: see `status` and `error`.
   */
  readonly complete: Completion;
  /** The secret is shown this once; only its keyed hash is kept. */
  readonly createApiKey: ApiKeyPayload;
  readonly createPolicy: PolicyPayload;
  readonly createProject: Project;
  readonly deletePolicy: PolicyPayload;
  /** Deletes all kept text of a user, where the caller administers; what a hold names stays. Administrators only. */
  readonly eraseContent: EraseContentPayload;
  /** Lets the purge go on. Returns the id. */
  readonly removeContentHold: Scalars['ID']['output'];
  /** Makes the rules of an earlier revision the newest ones. */
  readonly restorePolicy: PolicyPayload;
  /** Live streams of a revoked key end within five seconds. */
  readonly revokeApiKey: ApiKey;
  /** What the patch leaves out stays; null removes. CONFLICT where `expectedRevision` is not the newest. */
  readonly updatePolicy: PolicyPayload;
};


export type MutationAddContentHoldArgs = {
  input: ContentHoldInput;
};


export type MutationCancelCompletionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationCompleteArgs = {
  input: CompleteInput;
};


export type MutationCreateApiKeyArgs = {
  input: ApiKeyInput;
};


export type MutationCreatePolicyArgs = {
  input: PolicyInput;
};


export type MutationCreateProjectArgs = {
  input: ProjectInput;
};


export type MutationDeletePolicyArgs = {
  expectedRevision: Scalars['Int']['input'];
  id: Scalars['ID']['input'];
};


export type MutationEraseContentArgs = {
  user: Scalars['String']['input'];
};


export type MutationRemoveContentHoldArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRestorePolicyArgs = {
  expectedRevision: Scalars['Int']['input'];
  id: Scalars['ID']['input'];
  revision: Scalars['Int']['input'];
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUpdatePolicyArgs = {
  expectedRevision: Scalars['Int']['input'];
  id: Scalars['ID']['input'];
  patch: PolicyPatch;
};

export type NotAssessable = {
  readonly __typename?: 'NotAssessable';
  readonly reason: Scalars['String']['output'];
  readonly requests: Scalars['Count']['output'];
};

export type Optimize =
  | 'BALANCED'
  | 'COST'
  | 'LATENCY'
  | 'QUALITY'
  | 'THROUGHPUT';

export type OrderDirection =
  | 'ASC'
  | 'DESC';

export type PageInfo = {
  readonly __typename?: 'PageInfo';
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

export type Part = {
  readonly index: Scalars['Int']['output'];
};

/** Exactly one of the first four. (No @oneOf: not every federation composer knows it.) */
export type PartInput = {
  readonly audio?: InputMaybe<MediaInput>;
  /** A prompt-cache breakpoint, where the endpoint has such. */
  readonly cacheUpToHere?: Scalars['Boolean']['input'];
  readonly file?: InputMaybe<MediaInput>;
  readonly image?: InputMaybe<MediaInput>;
  readonly text?: InputMaybe<Scalars['String']['input']>;
};

export type Policy = {
  readonly __typename?: 'Policy';
  /** Whom it binds. Empty: everybody in the tenant of its author; from the installation's administrator: everybody. What is set higher up cannot be loosened further down. */
  readonly appliesTo: ReadonlyArray<Subject>;
  readonly createdAt: Scalars['DateTime']['output'];
  readonly description?: Maybe<Scalars['String']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly mode: PolicyMode;
  readonly name: Scalars['String']['output'];
  readonly revision: Scalars['Int']['output'];
  readonly revisions: PolicyRevisionConnection;
  readonly rules: PolicyRules;
  readonly updatedAt: Scalars['DateTime']['output'];
  readonly updatedBy: Scalars['String']['output'];
};


export type PolicyRevisionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

export type PolicyConnection = {
  readonly __typename?: 'PolicyConnection';
  readonly edges: ReadonlyArray<PolicyEdge>;
  readonly nodes: ReadonlyArray<Policy>;
  readonly pageInfo: PageInfo;
};

/** What one policy adds; without a policy it is set in this server's own code. */
export type PolicyContribution = {
  readonly __typename?: 'PolicyContribution';
  readonly mode: PolicyMode;
  readonly policy?: Maybe<Policy>;
  readonly revision?: Maybe<Scalars['Int']['output']>;
  readonly rules: PolicyRules;
};

export type PolicyEdge = {
  readonly __typename?: 'PolicyEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Policy;
};

export type PolicyFilter = {
  readonly mode?: InputMaybe<PolicyMode>;
  readonly project?: InputMaybe<Scalars['ID']['input']>;
  readonly search?: InputMaybe<Scalars['String']['input']>;
};

export type PolicyImpact = {
  readonly __typename?: 'PolicyImpact';
  readonly affected: ImpactGroupConnection;
  readonly costDelta: Scalars['Money']['output'];
  readonly examined: Scalars['Count']['output'];
  /** Could not be judged, and why: content rules without kept content, for instance. */
  readonly notAssessable: ReadonlyArray<NotAssessable>;
  readonly refused: Scalars['Count']['output'];
  /** Recorded requests in the window, and how many of them were judged (all, or a sample). */
  readonly requests: Scalars['Count']['output'];
  readonly rerouted: Scalars['Count']['output'];
  /** Models that would be left with one endpoint or none. */
  readonly thinModels: ReadonlyArray<ThinModel>;
};


export type PolicyImpactAffectedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

export type PolicyInput = {
  readonly appliesTo?: ReadonlyArray<SubjectInput>;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly mode?: PolicyMode;
  readonly name: Scalars['String']['input'];
  readonly rules: PolicyRulesInput;
};

export type PolicyMode =
  | 'DISABLED'
  | 'ENFORCE'
  /** Decide and record what would have happened, and let the request pass. */
  | 'MONITOR';

export type PolicyPatch = {
  readonly appliesTo?: InputMaybe<ReadonlyArray<SubjectInput>>;
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly mode?: InputMaybe<PolicyMode>;
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly rules?: InputMaybe<PolicyRulesInput>;
};

/** `appliedNodes` have the new revision in force; `pendingNodes` do not yet. Warnings: patterns that match nothing, and the like. */
export type PolicyPayload = {
  readonly __typename?: 'PolicyPayload';
  readonly appliedNodes: ReadonlyArray<Scalars['String']['output']>;
  readonly pendingNodes: ReadonlyArray<Scalars['String']['output']>;
  readonly policy: Policy;
  readonly warnings: ReadonlyArray<PolicyWarning>;
};

export type PolicyRef = {
  readonly __typename?: 'PolicyRef';
  readonly policy: Policy;
  readonly revision: Scalars['Int']['output'];
};

export type PolicyRevision = {
  readonly __typename?: 'PolicyRevision';
  readonly appliesTo: ReadonlyArray<Subject>;
  readonly at: Scalars['DateTime']['output'];
  readonly by: Scalars['String']['output'];
  readonly mode: PolicyMode;
  readonly revision: Scalars['Int']['output'];
  readonly rules: PolicyRules;
};

export type PolicyRevisionConnection = {
  readonly __typename?: 'PolicyRevisionConnection';
  readonly edges: ReadonlyArray<PolicyRevisionEdge>;
  readonly nodes: ReadonlyArray<PolicyRevision>;
  readonly pageInfo: PageInfo;
};

export type PolicyRevisionEdge = {
  readonly __typename?: 'PolicyRevisionEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: PolicyRevision;
};

/**
 * All policies that bind a caller must pass, each by itself; nothing is flattened. In every rule null demands nothing; an
 * empty allow list allows nothing. Of two content actions on one find the stronger holds: BLOCK > REDACT > PSEUDONYMIZE > FLAG.
 */
export type PolicyRules = {
  readonly __typename?: 'PolicyRules';
  readonly budgets?: Maybe<ReadonlyArray<BudgetRule>>;
  readonly content?: Maybe<ReadonlyArray<ContentRule>>;
  readonly limits?: Maybe<RequestLimits>;
  readonly models?: Maybe<ModelAccessRule>;
  readonly rateLimits?: Maybe<ReadonlyArray<RateLimitRule>>;
  readonly region?: Maybe<RegionRule>;
  readonly retention?: Maybe<RetentionRule>;
};

export type PolicyRulesInput = {
  readonly budgets?: InputMaybe<ReadonlyArray<BudgetRuleInput>>;
  readonly content?: InputMaybe<ReadonlyArray<ContentRuleInput>>;
  readonly limits?: InputMaybe<RequestLimitsInput>;
  readonly models?: InputMaybe<ModelAccessRuleInput>;
  readonly rateLimits?: InputMaybe<ReadonlyArray<RateLimitRuleInput>>;
  readonly region?: InputMaybe<RegionRuleInput>;
  readonly retention?: InputMaybe<RetentionRuleInput>;
};

export type PolicyWarning = {
  readonly __typename?: 'PolicyWarning';
  readonly message: Scalars['String']['output'];
  readonly path: Scalars['String']['output'];
};

/** US dollars per million tokens. Null is unknown, never free. */
export type Price = {
  readonly __typename?: 'Price';
  readonly cacheRead?: Maybe<Scalars['Money']['output']>;
  readonly cacheWrite?: Maybe<Scalars['Money']['output']>;
  /** For caches that live an hour. */
  readonly cacheWriteLong?: Maybe<Scalars['Money']['output']>;
  readonly input?: Maybe<Scalars['Money']['output']>;
  readonly output?: Maybe<Scalars['Money']['output']>;
  readonly reasoning?: Maybe<Scalars['Money']['output']>;
  readonly request?: Maybe<Scalars['Money']['output']>;
  /** Other prices above a number of input tokens. */
  readonly tiers: ReadonlyArray<PriceTier>;
};

export type PriceTier = {
  readonly __typename?: 'PriceTier';
  readonly aboveInputTokens: Scalars['Int']['output'];
  readonly cacheRead?: Maybe<Scalars['Money']['output']>;
  readonly cacheWrite?: Maybe<Scalars['Money']['output']>;
  readonly input?: Maybe<Scalars['Money']['output']>;
  readonly output?: Maybe<Scalars['Money']['output']>;
};

/** A project without a parent is a tenant: nothing is shared between tenants. */
export type Project = {
  readonly __typename?: 'Project';
  readonly apiKeys: ApiKeyConnection;
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly parent?: Maybe<Project>;
  readonly usage: UsageTotals;
  /** The workloads that its callers may name. Null: any, but then no policy may bind by workload. */
  readonly workloads?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};


/** A project without a parent is a tenant: nothing is shared between tenants. */
export type ProjectApiKeysArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** A project without a parent is a tenant: nothing is shared between tenants. */
export type ProjectUsageArgs = {
  filter?: InputMaybe<UsageFilter>;
};

export type ProjectConnection = {
  readonly __typename?: 'ProjectConnection';
  readonly edges: ReadonlyArray<ProjectEdge>;
  readonly nodes: ReadonlyArray<Project>;
  readonly pageInfo: PageInfo;
};

export type ProjectEdge = {
  readonly __typename?: 'ProjectEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: Project;
};

export type ProjectInput = {
  readonly name: Scalars['String']['input'];
  readonly parent?: InputMaybe<Scalars['ID']['input']>;
  readonly workloads?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type Provider = {
  readonly __typename?: 'Provider';
  readonly dataPolicy: DataPolicy;
  readonly headquarters?: Maybe<Scalars['String']['output']>;
  /** Lower-case letters, digits and dashes. */
  readonly id: Scalars['ID']['output'];
  readonly modelCount: Scalars['Int']['output'];
  readonly name: Scalars['String']['output'];
  /** The wire protocol that it speaks. */
  readonly protocol: Scalars['String']['output'];
  readonly region?: Maybe<Scalars['String']['output']>;
  /** The company behind it: two providers of one vendor are one dependency. */
  readonly vendor: Scalars['String']['output'];
};

export type ProviderOptionsInput = {
  readonly options: Scalars['JSON']['input'];
  readonly protocol: Scalars['String']['input'];
};

export type Query = {
  readonly __typename?: 'Query';
  /** Acts of administration and every reading of kept content, newest first. Each entry carries the hash of the one before it. */
  readonly auditLog: AuditConnection;
  /** One running or finished completion that the caller may see. */
  readonly completion?: Maybe<Completion>;
  /** The completions behind `usage`, newest first. */
  readonly completions: CompletionConnection;
  /** What stops the purge of kept text, oldest first. */
  readonly contentHolds: ReadonlyArray<ContentHold>;
  /** How much of the traffic hangs on one vendor, and what would happen without it. */
  readonly dependencyAudit: DependencyAudit;
  /** All policies that bind this caller (or the one named): what is really in force, and which policy says so. */
  readonly effectivePolicy: EffectivePolicy;
  readonly model?: Maybe<Model>;
  /** The models of the catalogue. With `allowedOnly` (the default) just those that the caller's policies let it use now. */
  readonly models: ModelConnection;
  readonly policies: PolicyConnection;
  readonly policy?: Maybe<Policy>;
  /**
   * Judges the recorded requests of `window` anew under a draft, from their facts: which would be refused, which would go
   * elsewhere, what it would cost, and which models would be left with fewer than two endpoints.
   */
  readonly policyImpact: PolicyImpact;
  readonly project?: Maybe<Project>;
  readonly projects: ProjectConnection;
  readonly providers: ReadonlyArray<Provider>;
  /**
   * Decides how a request would be routed, without calling any model: every candidate endpoint, whether the caller's
   * policies allow it, why not where they do not, and how the rest rank. `complete` decides by the same code.
   */
  readonly route: RouteDecision;
  /** One bill over all providers for a calendar month ("2026-11"). */
  readonly statement: Statement;
  /** What was used and what it cost. A member sees its own project, auditors and administrators all that they administer. */
  readonly usage: UsageReport;
  /** Who is asking, as the gateway sees it. */
  readonly viewer: Viewer;
};


export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


export type QueryCompletionArgs = {
  id: Scalars['ID']['input'];
};


export type QueryCompletionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UsageFilter>;
  first?: Scalars['Int']['input'];
};


export type QueryDependencyAuditArgs = {
  window?: Scalars['Duration']['input'];
};


export type QueryEffectivePolicyArgs = {
  subject?: InputMaybe<SubjectInput>;
};


export type QueryModelArgs = {
  id: Scalars['ID']['input'];
};


export type QueryModelsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  allowedOnly?: Scalars['Boolean']['input'];
  filter?: InputMaybe<ModelFilter>;
  first?: Scalars['Int']['input'];
  orderBy?: ModelOrder;
};


export type QueryPoliciesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<PolicyFilter>;
  first?: Scalars['Int']['input'];
};


export type QueryPolicyArgs = {
  id: Scalars['ID']['input'];
};


export type QueryPolicyImpactArgs = {
  draft: PolicyInput;
  replaces?: InputMaybe<Scalars['ID']['input']>;
  window?: Scalars['Duration']['input'];
};


export type QueryProjectArgs = {
  id: Scalars['ID']['input'];
};


export type QueryProjectsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


export type QueryRouteArgs = {
  input: CompleteInput;
};


export type QueryStatementArgs = {
  month: Scalars['String']['input'];
};


export type QueryUsageArgs = {
  filter?: InputMaybe<UsageFilter>;
  first?: Scalars['Int']['input'];
  groupBy?: ReadonlyArray<UsageDimension>;
  groupByLabels?: ReadonlyArray<Scalars['String']['input']>;
  interval?: InputMaybe<UsageInterval>;
  orderBy?: UsageOrder;
};

/** At least one of the two. */
export type RateLimitRule = {
  readonly __typename?: 'RateLimitRule';
  readonly per: BudgetScope;
  readonly requests?: Maybe<Scalars['Count']['output']>;
  readonly tokens?: Maybe<Scalars['Count']['output']>;
  readonly window: Scalars['Duration']['output'];
};

export type RateLimitRuleInput = {
  readonly per?: BudgetScope;
  readonly requests?: InputMaybe<Scalars['Count']['input']>;
  readonly tokens?: InputMaybe<Scalars['Count']['input']>;
  readonly window: Scalars['Duration']['input'];
};

export type ReasoningDelta = CompletionEvent & {
  readonly __typename?: 'ReasoningDelta';
  readonly completionId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
  readonly text: Scalars['String']['output'];
};

export type ReasoningEffort =
  | 'HIGH'
  | 'LOW'
  | 'MEDIUM'
  | 'MINIMAL'
  | 'NONE';

export type ReasoningInput = {
  readonly effort?: InputMaybe<ReasoningEffort>;
  readonly exclude?: Scalars['Boolean']['input'];
  readonly maxTokens?: InputMaybe<Scalars['Int']['input']>;
};

export type Redaction = {
  readonly __typename?: 'Redaction';
  readonly action: ContentAction;
  readonly count: Scalars['Int']['output'];
  readonly direction: Direction;
  /** False under MONITOR: counted, and nothing was done. */
  readonly enforced: Scalars['Boolean']['output'];
  readonly kind: Scalars['String']['output'];
};

export type RefusalDelta = CompletionEvent & {
  readonly __typename?: 'RefusalDelta';
  readonly completionId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
  readonly text: Scalars['String']['output'];
};

/** Regions such as "eu", "us", "eu-west-1": what lies in an allowed one is allowed, by a table with its source (eu-west-2 is London); an unknown one lies only in itself. */
export type RegionRule = {
  readonly __typename?: 'RegionRule';
  readonly allow?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** End running streams that a new deny hits. */
  readonly cutStreams: Scalars['Boolean']['output'];
  readonly deny?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

export type RegionRuleInput = {
  readonly allow?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly cutStreams?: Scalars['Boolean']['input'];
  readonly deny?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type RequestLimits = {
  readonly __typename?: 'RequestLimits';
  readonly maxCost?: Maybe<Scalars['Money']['output']>;
  readonly maxInputTokens?: Maybe<Scalars['Int']['output']>;
  readonly maxOutputTokens?: Maybe<Scalars['Int']['output']>;
};

export type RequestLimitsInput = {
  readonly maxCost?: InputMaybe<Scalars['Money']['input']>;
  readonly maxInputTokens?: InputMaybe<Scalars['Int']['input']>;
  readonly maxOutputTokens?: InputMaybe<Scalars['Int']['input']>;
};

export type ResponseFormatInput = {
  readonly name?: InputMaybe<Scalars['String']['input']>;
  readonly schema?: InputMaybe<Scalars['JSON']['input']>;
  readonly strict?: InputMaybe<Scalars['Boolean']['input']>;
  readonly type?: ResponseFormatType;
};

export type ResponseFormatType =
  | 'JSON_OBJECT'
  | 'JSON_SCHEMA'
  | 'TEXT';

export type Retention =
  | 'INDEFINITE'
  | 'LIMITED'
  | 'NONE'
  | 'SAFETY_ONLY'
  | 'UNKNOWN';

export type RetentionRule = {
  readonly __typename?: 'RetentionRule';
  readonly allowTraining?: Maybe<Scalars['Boolean']['output']>;
  /** How long the gateway itself keeps prompts and answers. Without any rule it keeps none. */
  readonly gatewayContent?: Maybe<Scalars['Duration']['output']>;
  /** How long the gateway keeps usage facts, which hold no content. */
  readonly gatewayFacts?: Maybe<Scalars['Duration']['output']>;
  /** With LIMITED: at most so many days. */
  readonly maxRetentionDays?: Maybe<Scalars['Int']['output']>;
  /** The most that a provider may keep. NONE is zero data retention; it also turns off the gateway's own caches and kept text. */
  readonly provider?: Maybe<Retention>;
};

export type RetentionRuleInput = {
  readonly allowTraining?: InputMaybe<Scalars['Boolean']['input']>;
  readonly gatewayContent?: InputMaybe<Scalars['Duration']['input']>;
  readonly gatewayFacts?: InputMaybe<Scalars['Duration']['input']>;
  readonly maxRetentionDays?: InputMaybe<Scalars['Int']['input']>;
  readonly provider?: InputMaybe<Retention>;
};

/** A role holds in a project and below it. A key or user can grant no more than it has. */
export type RoleGrant = {
  readonly __typename?: 'RoleGrant';
  readonly project?: Maybe<Project>;
  readonly role: AccessRole;
};

export type RouteDecision = {
  readonly __typename?: 'RouteDecision';
  /** All that was considered, best first; excluded ones last. */
  readonly candidates: ReadonlyArray<Candidate>;
  /** What the content rules found in the prompt, and so demanded of the route. */
  readonly findings: ReadonlyArray<Redaction>;
  /** The policies in force, by revision; the same ones hold for the whole request. */
  readonly policies: ReadonlyArray<PolicyRef>;
  readonly workload: Scalars['String']['output'];
};

/** What the caller asks of the router. It can narrow what policies allow, and never widen it. */
export type RoutingInput = {
  readonly allowFallbacks?: Scalars['Boolean']['input'];
  readonly denyTraining?: Scalars['Boolean']['input'];
  /** What to do when a stream breaks after text has been delivered. Absent: as the server is configured, CONTINUE unless it says otherwise. */
  readonly handoff?: InputMaybe<HandoffMode>;
  readonly ignore?: ReadonlyArray<Scalars['String']['input']>;
  readonly maxPrice?: InputMaybe<MaxPriceInput>;
  /** Null: any. Provider ids or vendors, exact. */
  readonly only?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** What to optimise among the endpoints that pass every hard rule. */
  readonly optimize?: Optimize;
  /** Providers or vendors to try first, in this order. */
  readonly order?: ReadonlyArray<Scalars['String']['input']>;
  /** Soft: endpoints that miss it go last. */
  readonly preferredMaxLatency?: InputMaybe<Scalars['Duration']['input']>;
  /** Soft, in tokens per second. */
  readonly preferredMinThroughput?: InputMaybe<Scalars['Float']['input']>;
  /** Null: any. */
  readonly quantizations?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Null: any. */
  readonly regions?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Only endpoints that support every parameter of this request. */
  readonly requireParameters?: Scalars['Boolean']['input'];
  readonly zeroDataRetention?: Scalars['Boolean']['input'];
};

export type RuleKind =
  | 'BUDGETS'
  | 'CONTENT'
  | 'LIMITS'
  | 'MODELS'
  | 'RATE_LIMITS'
  | 'REGION'
  | 'RETENTION';

export type ScorePart = {
  readonly __typename?: 'ScorePart';
  readonly name: Scalars['String']['output'];
  readonly value: Scalars['Money']['output'];
};

export type Statement = {
  readonly __typename?: 'Statement';
  /** The whole of it, as comma-separated values. */
  readonly csv: Scalars['String']['output'];
  readonly lines: StatementLineConnection;
  readonly month: Scalars['String']['output'];
  readonly total: Scalars['Money']['output'];
};


export type StatementLinesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

export type StatementLine = {
  readonly __typename?: 'StatementLine';
  readonly model?: Maybe<Model>;
  readonly project?: Maybe<Project>;
  readonly provider?: Maybe<Provider>;
  readonly usage: UsageTotals;
};

export type StatementLineConnection = {
  readonly __typename?: 'StatementLineConnection';
  readonly edges: ReadonlyArray<StatementLineEdge>;
  readonly nodes: ReadonlyArray<StatementLine>;
  readonly pageInfo: PageInfo;
};

export type StatementLineEdge = {
  readonly __typename?: 'StatementLineEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: StatementLine;
};

/**
 * Members are AND-ed, entries of a list OR-ed; an empty subject is refused. A project holds those below it. `user` comes
 * from a verified token only; `workload` only where the project or key lists its workloads.
 */
export type Subject = {
  readonly __typename?: 'Subject';
  readonly apiKey?: Maybe<ApiKey>;
  readonly project?: Maybe<Project>;
  readonly role?: Maybe<AccessRole>;
  readonly user?: Maybe<Scalars['String']['output']>;
  readonly workload?: Maybe<Scalars['String']['output']>;
};

export type SubjectInput = {
  readonly apiKey?: InputMaybe<Scalars['ID']['input']>;
  readonly project?: InputMaybe<Scalars['ID']['input']>;
  readonly role?: InputMaybe<AccessRole>;
  readonly user?: InputMaybe<Scalars['String']['input']>;
  readonly workload?: InputMaybe<Scalars['String']['input']>;
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * Runs a completion and streams it. Leaving the subscription cancels it, unless `detach` or `idempotencyKey` is set. The last event
   * is always CompletionFinished, CompletionFailed or CompletionIncomplete. Clients ignore event types that they do not know.
   */
  readonly complete: CompletionEvent;
  /**
   * Re-attaches to a running or just finished completion: first the events numbered above `after`, as they were cut then,
   * then the live ones. Only where a retention rule lets the gateway keep text (`gatewayContent`).
   */
  readonly completionEvents: CompletionEvent;
  readonly policyChanged: Policy;
};


export type SubscriptionCompleteArgs = {
  input: CompleteInput;
};


export type SubscriptionCompletionEventsArgs = {
  after?: Scalars['Int']['input'];
  id: Scalars['ID']['input'];
};

/** Text that the content rules have passed. Tokens that arrive together are delivered together. */
export type TextDelta = CompletionEvent & {
  readonly __typename?: 'TextDelta';
  readonly completionId: Scalars['ID']['output'];
  readonly seq: Scalars['Int']['output'];
  readonly text: Scalars['String']['output'];
};

export type TextPart = Part & {
  readonly __typename?: 'TextPart';
  readonly citations: ReadonlyArray<Citation>;
  readonly index: Scalars['Int']['output'];
  readonly text: Scalars['String']['output'];
};

export type ThinModel = {
  readonly __typename?: 'ThinModel';
  readonly endpoints: Scalars['Int']['output'];
  readonly model: Model;
};

/** In milliseconds. */
export type Timing = {
  readonly __typename?: 'Timing';
  readonly firstTokenMs?: Maybe<Scalars['Float']['output']>;
  /** Spent in the gateway itself. */
  readonly overheadMs: Scalars['Float']['output'];
  readonly totalMs: Scalars['Float']['output'];
};

export type TokenUsage = {
  readonly __typename?: 'TokenUsage';
  readonly cacheWriteTokens: Scalars['Count']['output'];
  readonly cachedInputTokens: Scalars['Count']['output'];
  readonly cost: Scalars['Money']['output'];
  /** True where the provider did not report it all, and the gateway counted or assumed. */
  readonly estimated: Scalars['Boolean']['output'];
  /** All input, what was read from and written to a cache included. */
  readonly inputTokens: Scalars['Count']['output'];
  /** All output, reasoning included. */
  readonly outputTokens: Scalars['Count']['output'];
  readonly reasoningTokens: Scalars['Count']['output'];
};

export type ToolCall = {
  readonly __typename?: 'ToolCall';
  readonly arguments: Scalars['String']['output'];
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
};

export type ToolCallDelta = CompletionEvent & {
  readonly __typename?: 'ToolCallDelta';
  readonly arguments: Scalars['String']['output'];
  readonly completionId: Scalars['ID']['output'];
  readonly id?: Maybe<Scalars['ID']['output']>;
  readonly index: Scalars['Int']['output'];
  readonly name?: Maybe<Scalars['String']['output']>;
  readonly seq: Scalars['Int']['output'];
};

export type ToolCallInput = {
  /** A JSON document. */
  readonly arguments: Scalars['String']['input'];
  readonly id: Scalars['ID']['input'];
  readonly name: Scalars['String']['input'];
};

export type ToolChoiceInput = {
  readonly mode?: ToolChoiceMode;
  /** With TOOL: its name. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
};

export type ToolChoiceMode =
  | 'AUTO'
  | 'NONE'
  | 'REQUIRED'
  | 'TOOL';

export type ToolInput = {
  readonly description?: InputMaybe<Scalars['String']['input']>;
  readonly name: Scalars['String']['input'];
  /** A JSON Schema. */
  readonly parameters: Scalars['JSON']['input'];
  readonly strict?: InputMaybe<Scalars['Boolean']['input']>;
};

export type UninspectableAction =
  | 'ALLOW'
  | 'BLOCK';

export type UsageDimension =
  | 'API_KEY'
  | 'MODEL'
  | 'PROJECT'
  | 'PROVIDER'
  | 'REGION'
  | 'STATUS'
  | 'USER'
  | 'VENDOR'
  | 'WORKLOAD';

export type UsageFilter = {
  readonly apiKeys?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly from?: InputMaybe<Scalars['DateTime']['input']>;
  /** All of them. */
  readonly labels?: InputMaybe<ReadonlyArray<LabelInput>>;
  readonly models?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly projects?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly providers?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  readonly statuses?: InputMaybe<ReadonlyArray<CompletionStatus>>;
  readonly to?: InputMaybe<Scalars['DateTime']['input']>;
  readonly users?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  readonly workloads?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type UsageGroup = {
  readonly __typename?: 'UsageGroup';
  readonly keys: ReadonlyArray<UsageKey>;
  readonly model?: Maybe<Model>;
  readonly project?: Maybe<Project>;
  readonly provider?: Maybe<Provider>;
  readonly series: ReadonlyArray<UsagePoint>;
  readonly total: UsageTotals;
};

export type UsageInterval =
  | 'DAY'
  | 'HOUR'
  | 'MINUTE'
  | 'MONTH'
  | 'WEEK';

export type UsageKey = {
  readonly __typename?: 'UsageKey';
  readonly dimension?: Maybe<UsageDimension>;
  readonly label?: Maybe<Scalars['String']['output']>;
  readonly value?: Maybe<Scalars['String']['output']>;
};

export type UsageOrder =
  | 'COST'
  | 'OUTPUT_TOKENS'
  | 'REQUESTS';

export type UsagePoint = {
  readonly __typename?: 'UsagePoint';
  readonly at: Scalars['DateTime']['output'];
  readonly total: UsageTotals;
};

export type UsageReport = {
  readonly __typename?: 'UsageReport';
  /** The `first` largest groups; the rest is in `others`. */
  readonly groups: ReadonlyArray<UsageGroup>;
  readonly others?: Maybe<UsageTotals>;
  readonly series: ReadonlyArray<UsagePoint>;
  readonly total: UsageTotals;
};

export type UsageTotals = {
  readonly __typename?: 'UsageTotals';
  readonly cacheWriteTokens: Scalars['Count']['output'];
  readonly cachedInputTokens: Scalars['Count']['output'];
  readonly cost: Scalars['Money']['output'];
  readonly failures: Scalars['Count']['output'];
  readonly inputTokens: Scalars['Count']['output'];
  readonly outputTokens: Scalars['Count']['output'];
  readonly reasoningTokens: Scalars['Count']['output'];
  readonly refusals: Scalars['Count']['output'];
  readonly requests: Scalars['Count']['output'];
};

export type VendorDependency = {
  readonly __typename?: 'VendorDependency';
  /** What the rest would have cost elsewhere, less what it did cost. */
  readonly failoverCostDelta: Scalars['Money']['output'];
  readonly share: Scalars['Float']['output'];
  /** Requests of the window that no other allowed vendor could have answered. */
  readonly stranded: Scalars['Count']['output'];
  readonly vendor: Scalars['String']['output'];
};

export type Viewer = {
  readonly __typename?: 'Viewer';
  readonly apiKey?: Maybe<ApiKey>;
  readonly effectivePolicy: EffectivePolicy;
  readonly project?: Maybe<Project>;
  readonly roles: ReadonlyArray<RoleGrant>;
  readonly user?: Maybe<Scalars['String']['output']>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  CompletionEvent:
    | ( Omit<CompletionAccepted, 'route'> & { route: _RefType['RouteDecision'] } )
    | ( Omit<CompletionFailed, 'completion' | 'error'> & { completion: _RefType['Completion'], error: _RefType['CompletionError'] } )
    | ( Omit<CompletionFinished, 'completion'> & { completion: _RefType['Completion'] } )
    | ( Omit<CompletionIncomplete, 'completion' | 'error'> & { completion: _RefType['Completion'], error: _RefType['CompletionError'] } )
    | ( Omit<CompletionStarted, 'endpoint'> & { endpoint: _RefType['Endpoint'] } )
    | ( Omit<Handoff, 'from' | 'to'> & { from: _RefType['Endpoint'], to: _RefType['Endpoint'] } )
    | ( ReasoningDelta )
    | ( RefusalDelta )
    | ( TextDelta )
    | ( ToolCallDelta )
  ;
  Part:
    | ( MediaPart )
    | ( TextPart )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AccessRole: AccessRole;
  ApiKey: ResolverTypeWrapper<ApiKeyParent>;
  ApiKeyConnection: ResolverTypeWrapper<Omit<ApiKeyConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ApiKeyEdge']>, nodes: ReadonlyArray<ResolversTypes['ApiKey']> }>;
  ApiKeyEdge: ResolverTypeWrapper<Omit<ApiKeyEdge, 'node'> & { node: ResolversTypes['ApiKey'] }>;
  ApiKeyInput: ApiKeyInput;
  ApiKeyPayload: ResolverTypeWrapper<Omit<ApiKeyPayload, 'apiKey'> & { apiKey: ResolversTypes['ApiKey'] }>;
  Attempt: ResolverTypeWrapper<AttemptParent>;
  AttemptOutcome: AttemptOutcome;
  AuditConnection: ResolverTypeWrapper<Omit<AuditConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['AuditEdge']>, nodes: ReadonlyArray<ResolversTypes['AuditEntry']> }>;
  AuditEdge: ResolverTypeWrapper<Omit<AuditEdge, 'node'> & { node: ResolversTypes['AuditEntry'] }>;
  AuditEntry: ResolverTypeWrapper<AuditEntryParent>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  BudgetRule: ResolverTypeWrapper<BudgetRule>;
  BudgetRuleInput: BudgetRuleInput;
  BudgetScope: BudgetScope;
  BudgetState: ResolverTypeWrapper<Omit<BudgetState, 'policy'> & { policy: ResolversTypes['Policy'] }>;
  BudgetWindow: BudgetWindow;
  Candidate: ResolverTypeWrapper<CandidateParent>;
  CandidateStatus: CandidateStatus;
  Capability: Capability;
  Citation: ResolverTypeWrapper<Citation>;
  CompleteInput: CompleteInput;
  Completion: ResolverTypeWrapper<CompletionParent>;
  CompletionAccepted: ResolverTypeWrapper<Omit<CompletionAccepted, 'route'> & { route: ResolversTypes['RouteDecision'] }>;
  CompletionConnection: ResolverTypeWrapper<Omit<CompletionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['CompletionEdge']>, nodes: ReadonlyArray<ResolversTypes['Completion']> }>;
  CompletionEdge: ResolverTypeWrapper<Omit<CompletionEdge, 'node'> & { node: ResolversTypes['Completion'] }>;
  CompletionError: ResolverTypeWrapper<CompletionErrorParent>;
  CompletionEvent: ResolverTypeWrapper<CompletionEventParent>;
  CompletionFailed: ResolverTypeWrapper<Omit<CompletionFailed, 'completion' | 'error'> & { completion: ResolversTypes['Completion'], error: ResolversTypes['CompletionError'] }>;
  CompletionFinished: ResolverTypeWrapper<Omit<CompletionFinished, 'completion'> & { completion: ResolversTypes['Completion'] }>;
  CompletionIncomplete: ResolverTypeWrapper<Omit<CompletionIncomplete, 'completion' | 'error'> & { completion: ResolversTypes['Completion'], error: ResolversTypes['CompletionError'] }>;
  CompletionStarted: ResolverTypeWrapper<Omit<CompletionStarted, 'endpoint'> & { endpoint: ResolversTypes['Endpoint'] }>;
  CompletionStatus: CompletionStatus;
  ContentAction: ContentAction;
  ContentHold: ResolverTypeWrapper<ContentHoldParent>;
  ContentHoldInput: ContentHoldInput;
  ContentRule: ResolverTypeWrapper<ContentRule>;
  ContentRuleInput: ContentRuleInput;
  Count: ResolverTypeWrapper<Scalars['Count']['output']>;
  DataPolicy: ResolverTypeWrapper<DataPolicy>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DependencyAudit: ResolverTypeWrapper<DependencyAuditParent>;
  Direction: Direction;
  Duration: ResolverTypeWrapper<Scalars['Duration']['output']>;
  EffectivePolicy: ResolverTypeWrapper<EffectivePolicyParent>;
  Endpoint: ResolverTypeWrapper<EndpointParent>;
  EndpointHealth: ResolverTypeWrapper<EndpointHealth>;
  EraseContentPayload: ResolverTypeWrapper<EraseContentPayload>;
  ErrorCode: ErrorCode;
  EscalationRule: ResolverTypeWrapper<EscalationRule>;
  EscalationRuleInput: EscalationRuleInput;
  Exclusion: ResolverTypeWrapper<ExclusionParent>;
  ExclusionCode: ExclusionCode;
  ExclusionCount: ResolverTypeWrapper<ExclusionCountParent>;
  FinishReason: FinishReason;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Handoff: ResolverTypeWrapper<Omit<Handoff, 'from' | 'to'> & { from: ResolversTypes['Endpoint'], to: ResolversTypes['Endpoint'] }>;
  HandoffMode: HandoffMode;
  HealthState: HealthState;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImpactGroup: ResolverTypeWrapper<ImpactGroupParent>;
  ImpactGroupConnection: ResolverTypeWrapper<Omit<ImpactGroupConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ImpactGroupEdge']>, nodes: ReadonlyArray<ResolversTypes['ImpactGroup']> }>;
  ImpactGroupEdge: ResolverTypeWrapper<Omit<ImpactGroupEdge, 'node'> & { node: ResolversTypes['ImpactGroup'] }>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Label: ResolverTypeWrapper<Label>;
  LabelInput: LabelInput;
  LimitUnit: LimitUnit;
  LimitedBy: ResolverTypeWrapper<LimitedByParent>;
  MaxPriceInput: MaxPriceInput;
  MediaInput: MediaInput;
  MediaPart: ResolverTypeWrapper<MediaPart>;
  Message: ResolverTypeWrapper<AnswerParent>;
  MessageInput: MessageInput;
  MessageRole: MessageRole;
  Modality: Modality;
  Model: ResolverTypeWrapper<ModelParent>;
  ModelAccessRule: ResolverTypeWrapper<ModelAccessRuleParent>;
  ModelAccessRuleInput: ModelAccessRuleInput;
  ModelConnection: ResolverTypeWrapper<Omit<ModelConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ModelEdge']>, nodes: ReadonlyArray<ResolversTypes['Model']> }>;
  ModelEdge: ResolverTypeWrapper<Omit<ModelEdge, 'node'> & { node: ResolversTypes['Model'] }>;
  ModelFilter: ModelFilter;
  ModelOrder: ModelOrder;
  ModelOrderField: ModelOrderField;
  Money: ResolverTypeWrapper<Scalars['Money']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NotAssessable: ResolverTypeWrapper<NotAssessable>;
  Optimize: Optimize;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Part: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Part']>;
  PartInput: PartInput;
  Policy: ResolverTypeWrapper<PolicyParent>;
  PolicyConnection: ResolverTypeWrapper<Omit<PolicyConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['PolicyEdge']>, nodes: ReadonlyArray<ResolversTypes['Policy']> }>;
  PolicyContribution: ResolverTypeWrapper<PolicyContributionParent>;
  PolicyEdge: ResolverTypeWrapper<Omit<PolicyEdge, 'node'> & { node: ResolversTypes['Policy'] }>;
  PolicyFilter: PolicyFilter;
  PolicyImpact: ResolverTypeWrapper<PolicyImpactParent>;
  PolicyInput: PolicyInput;
  PolicyMode: PolicyMode;
  PolicyPatch: PolicyPatch;
  PolicyPayload: ResolverTypeWrapper<PolicyResultParent>;
  PolicyRef: ResolverTypeWrapper<PolicyRefParent>;
  PolicyRevision: ResolverTypeWrapper<PolicyRevisionParent>;
  PolicyRevisionConnection: ResolverTypeWrapper<Omit<PolicyRevisionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['PolicyRevisionEdge']>, nodes: ReadonlyArray<ResolversTypes['PolicyRevision']> }>;
  PolicyRevisionEdge: ResolverTypeWrapper<Omit<PolicyRevisionEdge, 'node'> & { node: ResolversTypes['PolicyRevision'] }>;
  PolicyRules: ResolverTypeWrapper<PolicyRulesParent>;
  PolicyRulesInput: PolicyRulesInput;
  PolicyWarning: ResolverTypeWrapper<PolicyWarning>;
  Price: ResolverTypeWrapper<Price>;
  PriceTier: ResolverTypeWrapper<PriceTier>;
  Project: ResolverTypeWrapper<ProjectParent>;
  ProjectConnection: ResolverTypeWrapper<Omit<ProjectConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ProjectEdge']>, nodes: ReadonlyArray<ResolversTypes['Project']> }>;
  ProjectEdge: ResolverTypeWrapper<Omit<ProjectEdge, 'node'> & { node: ResolversTypes['Project'] }>;
  ProjectInput: ProjectInput;
  Provider: ResolverTypeWrapper<ProviderParent>;
  ProviderOptionsInput: ProviderOptionsInput;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RateLimitRule: ResolverTypeWrapper<RateLimitRuleParent>;
  RateLimitRuleInput: RateLimitRuleInput;
  ReasoningDelta: ResolverTypeWrapper<ReasoningDelta>;
  ReasoningEffort: ReasoningEffort;
  ReasoningInput: ReasoningInput;
  Redaction: ResolverTypeWrapper<Redaction>;
  RefusalDelta: ResolverTypeWrapper<RefusalDelta>;
  RegionRule: ResolverTypeWrapper<RegionRuleParent>;
  RegionRuleInput: RegionRuleInput;
  RequestLimits: ResolverTypeWrapper<RequestLimits>;
  RequestLimitsInput: RequestLimitsInput;
  ResponseFormatInput: ResponseFormatInput;
  ResponseFormatType: ResponseFormatType;
  Retention: Retention;
  RetentionRule: ResolverTypeWrapper<RetentionRuleParent>;
  RetentionRuleInput: RetentionRuleInput;
  RoleGrant: ResolverTypeWrapper<RoleGrantParent>;
  RouteDecision: ResolverTypeWrapper<RouteDecisionParent>;
  RoutingInput: RoutingInput;
  RuleKind: RuleKind;
  ScorePart: ResolverTypeWrapper<ScorePart>;
  Statement: ResolverTypeWrapper<StatementParent>;
  StatementLine: ResolverTypeWrapper<StatementLineParent>;
  StatementLineConnection: ResolverTypeWrapper<Omit<StatementLineConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['StatementLineEdge']>, nodes: ReadonlyArray<ResolversTypes['StatementLine']> }>;
  StatementLineEdge: ResolverTypeWrapper<Omit<StatementLineEdge, 'node'> & { node: ResolversTypes['StatementLine'] }>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subject: ResolverTypeWrapper<SubjectParent>;
  SubjectInput: SubjectInput;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TextDelta: ResolverTypeWrapper<TextDelta>;
  TextPart: ResolverTypeWrapper<TextPart>;
  ThinModel: ResolverTypeWrapper<ThinModelParent>;
  Timing: ResolverTypeWrapper<Timing>;
  TokenUsage: ResolverTypeWrapper<TokenUsage>;
  ToolCall: ResolverTypeWrapper<ToolCall>;
  ToolCallDelta: ResolverTypeWrapper<ToolCallDelta>;
  ToolCallInput: ToolCallInput;
  ToolChoiceInput: ToolChoiceInput;
  ToolChoiceMode: ToolChoiceMode;
  ToolInput: ToolInput;
  UninspectableAction: UninspectableAction;
  UsageDimension: UsageDimension;
  UsageFilter: UsageFilter;
  UsageGroup: ResolverTypeWrapper<UsageGroupParent>;
  UsageInterval: UsageInterval;
  UsageKey: ResolverTypeWrapper<UsageKey>;
  UsageOrder: UsageOrder;
  UsagePoint: ResolverTypeWrapper<UsagePoint>;
  UsageReport: ResolverTypeWrapper<Omit<UsageReport, 'groups'> & { groups: ReadonlyArray<ResolversTypes['UsageGroup']> }>;
  UsageTotals: ResolverTypeWrapper<UsageTotals>;
  VendorDependency: ResolverTypeWrapper<VendorDependency>;
  Viewer: ResolverTypeWrapper<PrincipalParent>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  ApiKey: ApiKeyParent;
  ApiKeyConnection: Omit<ApiKeyConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ApiKeyEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ApiKey']> };
  ApiKeyEdge: Omit<ApiKeyEdge, 'node'> & { node: ResolversParentTypes['ApiKey'] };
  ApiKeyInput: ApiKeyInput;
  ApiKeyPayload: Omit<ApiKeyPayload, 'apiKey'> & { apiKey: ResolversParentTypes['ApiKey'] };
  Attempt: AttemptParent;
  AuditConnection: Omit<AuditConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['AuditEdge']>, nodes: ReadonlyArray<ResolversParentTypes['AuditEntry']> };
  AuditEdge: Omit<AuditEdge, 'node'> & { node: ResolversParentTypes['AuditEntry'] };
  AuditEntry: AuditEntryParent;
  Boolean: Scalars['Boolean']['output'];
  BudgetRule: BudgetRule;
  BudgetRuleInput: BudgetRuleInput;
  BudgetState: Omit<BudgetState, 'policy'> & { policy: ResolversParentTypes['Policy'] };
  Candidate: CandidateParent;
  Citation: Citation;
  CompleteInput: CompleteInput;
  Completion: CompletionParent;
  CompletionAccepted: Omit<CompletionAccepted, 'route'> & { route: ResolversParentTypes['RouteDecision'] };
  CompletionConnection: Omit<CompletionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['CompletionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Completion']> };
  CompletionEdge: Omit<CompletionEdge, 'node'> & { node: ResolversParentTypes['Completion'] };
  CompletionError: CompletionErrorParent;
  CompletionEvent: CompletionEventParent;
  CompletionFailed: Omit<CompletionFailed, 'completion' | 'error'> & { completion: ResolversParentTypes['Completion'], error: ResolversParentTypes['CompletionError'] };
  CompletionFinished: Omit<CompletionFinished, 'completion'> & { completion: ResolversParentTypes['Completion'] };
  CompletionIncomplete: Omit<CompletionIncomplete, 'completion' | 'error'> & { completion: ResolversParentTypes['Completion'], error: ResolversParentTypes['CompletionError'] };
  CompletionStarted: Omit<CompletionStarted, 'endpoint'> & { endpoint: ResolversParentTypes['Endpoint'] };
  ContentHold: ContentHoldParent;
  ContentHoldInput: ContentHoldInput;
  ContentRule: ContentRule;
  ContentRuleInput: ContentRuleInput;
  Count: Scalars['Count']['output'];
  DataPolicy: DataPolicy;
  DateTime: Scalars['DateTime']['output'];
  DependencyAudit: DependencyAuditParent;
  Duration: Scalars['Duration']['output'];
  EffectivePolicy: EffectivePolicyParent;
  Endpoint: EndpointParent;
  EndpointHealth: EndpointHealth;
  EraseContentPayload: EraseContentPayload;
  EscalationRule: EscalationRule;
  EscalationRuleInput: EscalationRuleInput;
  Exclusion: ExclusionParent;
  ExclusionCount: ExclusionCountParent;
  Float: Scalars['Float']['output'];
  Handoff: Omit<Handoff, 'from' | 'to'> & { from: ResolversParentTypes['Endpoint'], to: ResolversParentTypes['Endpoint'] };
  ID: Scalars['ID']['output'];
  ImpactGroup: ImpactGroupParent;
  ImpactGroupConnection: Omit<ImpactGroupConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ImpactGroupEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ImpactGroup']> };
  ImpactGroupEdge: Omit<ImpactGroupEdge, 'node'> & { node: ResolversParentTypes['ImpactGroup'] };
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  Label: Label;
  LabelInput: LabelInput;
  LimitedBy: LimitedByParent;
  MaxPriceInput: MaxPriceInput;
  MediaInput: MediaInput;
  MediaPart: MediaPart;
  Message: AnswerParent;
  MessageInput: MessageInput;
  Model: ModelParent;
  ModelAccessRule: ModelAccessRuleParent;
  ModelAccessRuleInput: ModelAccessRuleInput;
  ModelConnection: Omit<ModelConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ModelEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Model']> };
  ModelEdge: Omit<ModelEdge, 'node'> & { node: ResolversParentTypes['Model'] };
  ModelFilter: ModelFilter;
  ModelOrder: ModelOrder;
  Money: Scalars['Money']['output'];
  Mutation: Record<PropertyKey, never>;
  NotAssessable: NotAssessable;
  PageInfo: PageInfo;
  Part: ResolversInterfaceTypes<ResolversParentTypes>['Part'];
  PartInput: PartInput;
  Policy: PolicyParent;
  PolicyConnection: Omit<PolicyConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['PolicyEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Policy']> };
  PolicyContribution: PolicyContributionParent;
  PolicyEdge: Omit<PolicyEdge, 'node'> & { node: ResolversParentTypes['Policy'] };
  PolicyFilter: PolicyFilter;
  PolicyImpact: PolicyImpactParent;
  PolicyInput: PolicyInput;
  PolicyPatch: PolicyPatch;
  PolicyPayload: PolicyResultParent;
  PolicyRef: PolicyRefParent;
  PolicyRevision: PolicyRevisionParent;
  PolicyRevisionConnection: Omit<PolicyRevisionConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['PolicyRevisionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['PolicyRevision']> };
  PolicyRevisionEdge: Omit<PolicyRevisionEdge, 'node'> & { node: ResolversParentTypes['PolicyRevision'] };
  PolicyRules: PolicyRulesParent;
  PolicyRulesInput: PolicyRulesInput;
  PolicyWarning: PolicyWarning;
  Price: Price;
  PriceTier: PriceTier;
  Project: ProjectParent;
  ProjectConnection: Omit<ProjectConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ProjectEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Project']> };
  ProjectEdge: Omit<ProjectEdge, 'node'> & { node: ResolversParentTypes['Project'] };
  ProjectInput: ProjectInput;
  Provider: ProviderParent;
  ProviderOptionsInput: ProviderOptionsInput;
  Query: Record<PropertyKey, never>;
  RateLimitRule: RateLimitRuleParent;
  RateLimitRuleInput: RateLimitRuleInput;
  ReasoningDelta: ReasoningDelta;
  ReasoningInput: ReasoningInput;
  Redaction: Redaction;
  RefusalDelta: RefusalDelta;
  RegionRule: RegionRuleParent;
  RegionRuleInput: RegionRuleInput;
  RequestLimits: RequestLimits;
  RequestLimitsInput: RequestLimitsInput;
  ResponseFormatInput: ResponseFormatInput;
  RetentionRule: RetentionRuleParent;
  RetentionRuleInput: RetentionRuleInput;
  RoleGrant: RoleGrantParent;
  RouteDecision: RouteDecisionParent;
  RoutingInput: RoutingInput;
  ScorePart: ScorePart;
  Statement: StatementParent;
  StatementLine: StatementLineParent;
  StatementLineConnection: Omit<StatementLineConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['StatementLineEdge']>, nodes: ReadonlyArray<ResolversParentTypes['StatementLine']> };
  StatementLineEdge: Omit<StatementLineEdge, 'node'> & { node: ResolversParentTypes['StatementLine'] };
  String: Scalars['String']['output'];
  Subject: SubjectParent;
  SubjectInput: SubjectInput;
  Subscription: Record<PropertyKey, never>;
  TextDelta: TextDelta;
  TextPart: TextPart;
  ThinModel: ThinModelParent;
  Timing: Timing;
  TokenUsage: TokenUsage;
  ToolCall: ToolCall;
  ToolCallDelta: ToolCallDelta;
  ToolCallInput: ToolCallInput;
  ToolChoiceInput: ToolChoiceInput;
  ToolInput: ToolInput;
  UsageFilter: UsageFilter;
  UsageGroup: UsageGroupParent;
  UsageKey: UsageKey;
  UsagePoint: UsagePoint;
  UsageReport: Omit<UsageReport, 'groups'> & { groups: ReadonlyArray<ResolversParentTypes['UsageGroup']> };
  UsageTotals: UsageTotals;
  VendorDependency: VendorDependency;
  Viewer: PrincipalParent;
};

export type ApiKeyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  prefix?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  project?: Resolver<ResolversTypes['Project'], ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['AccessRole'], ParentType, ContextType>;
  workloads?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type ApiKeyConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ApiKeyConnection'] = ResolversParentTypes['ApiKeyConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ApiKeyEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ApiKeyEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ApiKeyEdge'] = ResolversParentTypes['ApiKeyEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType>;
};

export type ApiKeyPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ApiKeyPayload'] = ResolversParentTypes['ApiKeyPayload']> = {
  apiKey?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type AttemptResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Attempt'] = ResolversParentTypes['Attempt']> = {
  durationMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['Endpoint'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['CompletionError']>, ParentType, ContextType>;
  firstTokenMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['AttemptOutcome'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['TokenUsage'], ParentType, ContextType>;
};

export type AuditConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditConnection'] = ResolversParentTypes['AuditConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['AuditEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['AuditEntry']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type AuditEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditEdge'] = ResolversParentTypes['AuditEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['AuditEntry'], ParentType, ContextType>;
};

export type AuditEntryResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  change?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  hash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  previousHash?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  target?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type BudgetRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BudgetRule'] = ResolversParentTypes['BudgetRule']> = {
  defaultMaxOutputTokens?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  limit?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  per?: Resolver<ResolversTypes['BudgetScope'], ParentType, ContextType>;
  window?: Resolver<ResolversTypes['BudgetWindow'], ParentType, ContextType>;
};

export type BudgetStateResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BudgetState'] = ResolversParentTypes['BudgetState']> = {
  limit?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  overdrawn?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  policy?: Resolver<ResolversTypes['Policy'], ParentType, ContextType>;
  remaining?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  reserved?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  resetsAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  spent?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
};

export type CandidateResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Candidate'] = ResolversParentTypes['Candidate']> = {
  endpoint?: Resolver<ResolversTypes['Endpoint'], ParentType, ContextType>;
  exclusions?: Resolver<ReadonlyArray<ResolversTypes['Exclusion']>, ParentType, ContextType>;
  expectedCost?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  score?: Resolver<ReadonlyArray<ResolversTypes['ScorePart']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['CandidateStatus'], ParentType, ContextType>;
  wouldRank?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type CitationResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Citation'] = ResolversParentTypes['Citation']> = {
  end?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  start?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CompletionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Completion'] = ResolversParentTypes['Completion']> = {
  attempts?: Resolver<ReadonlyArray<ResolversTypes['Attempt']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  endpoint?: Resolver<Maybe<ResolversTypes['Endpoint']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['CompletionError']>, ParentType, ContextType>;
  finishReason?: Resolver<Maybe<ResolversTypes['FinishReason']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  partialText?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  prompt?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  receiptNonce?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  redactions?: Resolver<ReadonlyArray<ResolversTypes['Redaction']>, ParentType, ContextType>;
  route?: Resolver<Maybe<ResolversTypes['RouteDecision']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['CompletionStatus'], ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  timing?: Resolver<Maybe<ResolversTypes['Timing']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['TokenUsage'], ParentType, ContextType>;
  workload?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CompletionAcceptedResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionAccepted'] = ResolversParentTypes['CompletionAccepted']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  route?: Resolver<ResolversTypes['RouteDecision'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CompletionConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionConnection'] = ResolversParentTypes['CompletionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['CompletionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Completion']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type CompletionEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionEdge'] = ResolversParentTypes['CompletionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Completion'], ParentType, ContextType>;
};

export type CompletionErrorResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionError'] = ResolversParentTypes['CompletionError']> = {
  code?: Resolver<ResolversTypes['ErrorCode'], ParentType, ContextType>;
  excludedBy?: Resolver<ReadonlyArray<ResolversTypes['ExclusionCount']>, ParentType, ContextType>;
  limitedBy?: Resolver<Maybe<ResolversTypes['LimitedBy']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryAfterMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  retryable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CompletionEventResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionEvent'] = ResolversParentTypes['CompletionEvent']> = {
  __resolveType: TypeResolveFn<'CompletionAccepted' | 'CompletionFailed' | 'CompletionFinished' | 'CompletionIncomplete' | 'CompletionStarted' | 'Handoff' | 'ReasoningDelta' | 'RefusalDelta' | 'TextDelta' | 'ToolCallDelta', ParentType, ContextType>;
};

export type CompletionFailedResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionFailed'] = ResolversParentTypes['CompletionFailed']> = {
  completion?: Resolver<ResolversTypes['Completion'], ParentType, ContextType>;
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  error?: Resolver<ResolversTypes['CompletionError'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CompletionFinishedResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionFinished'] = ResolversParentTypes['CompletionFinished']> = {
  completion?: Resolver<ResolversTypes['Completion'], ParentType, ContextType>;
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CompletionIncompleteResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionIncomplete'] = ResolversParentTypes['CompletionIncomplete']> = {
  completion?: Resolver<ResolversTypes['Completion'], ParentType, ContextType>;
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  error?: Resolver<ResolversTypes['CompletionError'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CompletionStartedResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['CompletionStarted'] = ResolversParentTypes['CompletionStarted']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  endpoint?: Resolver<ResolversTypes['Endpoint'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ContentHoldResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ContentHold'] = ResolversParentTypes['ContentHold']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  createdBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ContentRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ContentRule'] = ResolversParentTypes['ContentRule']> = {
  action?: Resolver<ResolversTypes['ContentAction'], ParentType, ContextType>;
  detect?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  directions?: Resolver<ReadonlyArray<ResolversTypes['Direction']>, ParentType, ContextType>;
  escalate?: Resolver<Maybe<ResolversTypes['EscalationRule']>, ParentType, ContextType>;
  onUninspectable?: Resolver<ResolversTypes['UninspectableAction'], ParentType, ContextType>;
  pattern?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface CountScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Count'], any> {
  name: 'Count';
}

export type DataPolicyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DataPolicy'] = ResolversParentTypes['DataPolicy']> = {
  checkedAt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  evidence?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  retention?: Resolver<ResolversTypes['Retention'], ParentType, ContextType>;
  retentionDays?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  training?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DependencyAuditResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DependencyAudit'] = ResolversParentTypes['DependencyAudit']> = {
  coveredShare?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  vendors?: Resolver<ReadonlyArray<ResolversTypes['VendorDependency']>, ParentType, ContextType>;
};

export interface DurationScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Duration'], any> {
  name: 'Duration';
}

export type EffectivePolicyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EffectivePolicy'] = ResolversParentTypes['EffectivePolicy']> = {
  budgets?: Resolver<ReadonlyArray<ResolversTypes['BudgetState']>, ParentType, ContextType>;
  contributions?: Resolver<ReadonlyArray<ResolversTypes['PolicyContribution']>, ParentType, ContextType>;
  unenforceable?: Resolver<ReadonlyArray<ResolversTypes['RuleKind']>, ParentType, ContextType>;
};

export type EndpointResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Endpoint'] = ResolversParentTypes['Endpoint']> = {
  billsAfterAbort?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  dataPolicy?: Resolver<ResolversTypes['DataPolicy'], ParentType, ContextType>;
  exclusions?: Resolver<ReadonlyArray<ResolversTypes['Exclusion']>, ParentType, ContextType>;
  health?: Resolver<ResolversTypes['EndpointHealth'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  price?: Resolver<Maybe<ResolversTypes['Price']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  quantization?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type EndpointHealthResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EndpointHealth'] = ResolversParentTypes['EndpointHealth']> = {
  firstTokenP50Ms?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  firstTokenP99Ms?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['HealthState'], ParentType, ContextType>;
  throughput?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  uptime?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type EraseContentPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EraseContentPayload'] = ResolversParentTypes['EraseContentPayload']> = {
  erased?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  held?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export type EscalationRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['EscalationRule'] = ResolversParentTypes['EscalationRule']> = {
  denyTraining?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  regions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  zeroDataRetention?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ExclusionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Exclusion'] = ResolversParentTypes['Exclusion']> = {
  code?: Resolver<ResolversTypes['ExclusionCode'], ParentType, ContextType>;
  detail?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  enforced?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType>;
  revision?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ExclusionCountResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ExclusionCount'] = ResolversParentTypes['ExclusionCount']> = {
  code?: Resolver<ResolversTypes['ExclusionCode'], ParentType, ContextType>;
  decisive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endpoints?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType>;
};

export type HandoffResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Handoff'] = ResolversParentTypes['Handoff']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['Endpoint'], ParentType, ContextType>;
  keepThroughSeq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['HandoffMode'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Endpoint'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImpactGroupResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ImpactGroup'] = ResolversParentTypes['ImpactGroup']> = {
  refused?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  requests?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  rerouted?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  subject?: Resolver<ResolversTypes['Subject'], ParentType, ContextType>;
};

export type ImpactGroupConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ImpactGroupConnection'] = ResolversParentTypes['ImpactGroupConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ImpactGroupEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ImpactGroup']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ImpactGroupEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ImpactGroupEdge'] = ResolversParentTypes['ImpactGroupEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ImpactGroup'], ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LabelResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Label'] = ResolversParentTypes['Label']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LimitedByResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['LimitedBy'] = ResolversParentTypes['LimitedBy']> = {
  limit?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  per?: Resolver<ResolversTypes['BudgetScope'], ParentType, ContextType>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType>;
  remaining?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resetsAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  rule?: Resolver<ResolversTypes['RuleKind'], ParentType, ContextType>;
  unit?: Resolver<ResolversTypes['LimitUnit'], ParentType, ContextType>;
};

export type MediaPartResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['MediaPart'] = ResolversParentTypes['MediaPart']> = {
  data?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mediaType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  continuation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  parts?: Resolver<ReadonlyArray<ResolversTypes['Part']>, ParentType, ContextType>;
  reasoning?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  refusal?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['MessageRole'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  toolCalls?: Resolver<ReadonlyArray<ResolversTypes['ToolCall']>, ParentType, ContextType>;
};

export type ModelResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Model'] = ResolversParentTypes['Model']> = {
  author?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  capabilities?: Resolver<ReadonlyArray<ResolversTypes['Capability']>, ParentType, ContextType>;
  contextTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deprecated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endpoints?: Resolver<ReadonlyArray<ResolversTypes['Endpoint']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  inputModalities?: Resolver<ReadonlyArray<ResolversTypes['Modality']>, ParentType, ContextType>;
  knowledgeCutoff?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  maxOutputTokens?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outputModalities?: Resolver<ReadonlyArray<ResolversTypes['Modality']>, ParentType, ContextType>;
  releasedAt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ModelAccessRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ModelAccessRule'] = ResolversParentTypes['ModelAccessRule']> = {
  allow?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  allowProviders?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  cutStreams?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  deny?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  denyProviders?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type ModelConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ModelConnection'] = ResolversParentTypes['ModelConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ModelEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Model']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ModelEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ModelEdge'] = ResolversParentTypes['ModelEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
};

export interface MoneyScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Money'], any> {
  name: 'Money';
}

export type MutationResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  addContentHold?: Resolver<ResolversTypes['ContentHold'], ParentType, ContextType, RequireFields<MutationAddContentHoldArgs, 'input'>>;
  cancelCompletion?: Resolver<ResolversTypes['Completion'], ParentType, ContextType, RequireFields<MutationCancelCompletionArgs, 'id'>>;
  complete?: Resolver<ResolversTypes['Completion'], ParentType, ContextType, RequireFields<MutationCompleteArgs, 'input'>>;
  createApiKey?: Resolver<ResolversTypes['ApiKeyPayload'], ParentType, ContextType, RequireFields<MutationCreateApiKeyArgs, 'input'>>;
  createPolicy?: Resolver<ResolversTypes['PolicyPayload'], ParentType, ContextType, RequireFields<MutationCreatePolicyArgs, 'input'>>;
  createProject?: Resolver<ResolversTypes['Project'], ParentType, ContextType, RequireFields<MutationCreateProjectArgs, 'input'>>;
  deletePolicy?: Resolver<ResolversTypes['PolicyPayload'], ParentType, ContextType, RequireFields<MutationDeletePolicyArgs, 'expectedRevision' | 'id'>>;
  eraseContent?: Resolver<ResolversTypes['EraseContentPayload'], ParentType, ContextType, RequireFields<MutationEraseContentArgs, 'user'>>;
  removeContentHold?: Resolver<ResolversTypes['ID'], ParentType, ContextType, RequireFields<MutationRemoveContentHoldArgs, 'id'>>;
  restorePolicy?: Resolver<ResolversTypes['PolicyPayload'], ParentType, ContextType, RequireFields<MutationRestorePolicyArgs, 'expectedRevision' | 'id' | 'revision'>>;
  revokeApiKey?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType, RequireFields<MutationRevokeApiKeyArgs, 'id'>>;
  updatePolicy?: Resolver<ResolversTypes['PolicyPayload'], ParentType, ContextType, RequireFields<MutationUpdatePolicyArgs, 'expectedRevision' | 'id' | 'patch'>>;
};

export type NotAssessableResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['NotAssessable'] = ResolversParentTypes['NotAssessable']> = {
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  requests?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PartResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Part'] = ResolversParentTypes['Part']> = {
  __resolveType: TypeResolveFn<'MediaPart' | 'TextPart', ParentType, ContextType>;
};

export type PolicyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Policy'] = ResolversParentTypes['Policy']> = {
  appliesTo?: Resolver<ReadonlyArray<ResolversTypes['Subject']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['PolicyMode'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  revisions?: Resolver<ResolversTypes['PolicyRevisionConnection'], ParentType, ContextType, RequireFields<PolicyRevisionsArgs, 'first'>>;
  rules?: Resolver<ResolversTypes['PolicyRules'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedBy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PolicyConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyConnection'] = ResolversParentTypes['PolicyConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PolicyEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Policy']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PolicyContributionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyContribution'] = ResolversParentTypes['PolicyContribution']> = {
  mode?: Resolver<ResolversTypes['PolicyMode'], ParentType, ContextType>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType>;
  revision?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  rules?: Resolver<ResolversTypes['PolicyRules'], ParentType, ContextType>;
};

export type PolicyEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyEdge'] = ResolversParentTypes['PolicyEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Policy'], ParentType, ContextType>;
};

export type PolicyImpactResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyImpact'] = ResolversParentTypes['PolicyImpact']> = {
  affected?: Resolver<ResolversTypes['ImpactGroupConnection'], ParentType, ContextType, RequireFields<PolicyImpactAffectedArgs, 'first'>>;
  costDelta?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  examined?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  notAssessable?: Resolver<ReadonlyArray<ResolversTypes['NotAssessable']>, ParentType, ContextType>;
  refused?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  requests?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  rerouted?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  thinModels?: Resolver<ReadonlyArray<ResolversTypes['ThinModel']>, ParentType, ContextType>;
};

export type PolicyPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyPayload'] = ResolversParentTypes['PolicyPayload']> = {
  appliedNodes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  pendingNodes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  policy?: Resolver<ResolversTypes['Policy'], ParentType, ContextType>;
  warnings?: Resolver<ReadonlyArray<ResolversTypes['PolicyWarning']>, ParentType, ContextType>;
};

export type PolicyRefResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyRef'] = ResolversParentTypes['PolicyRef']> = {
  policy?: Resolver<ResolversTypes['Policy'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PolicyRevisionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyRevision'] = ResolversParentTypes['PolicyRevision']> = {
  appliesTo?: Resolver<ReadonlyArray<ResolversTypes['Subject']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['PolicyMode'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rules?: Resolver<ResolversTypes['PolicyRules'], ParentType, ContextType>;
};

export type PolicyRevisionConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyRevisionConnection'] = ResolversParentTypes['PolicyRevisionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['PolicyRevisionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['PolicyRevision']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type PolicyRevisionEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyRevisionEdge'] = ResolversParentTypes['PolicyRevisionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['PolicyRevision'], ParentType, ContextType>;
};

export type PolicyRulesResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyRules'] = ResolversParentTypes['PolicyRules']> = {
  budgets?: Resolver<Maybe<ReadonlyArray<ResolversTypes['BudgetRule']>>, ParentType, ContextType>;
  content?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ContentRule']>>, ParentType, ContextType>;
  limits?: Resolver<Maybe<ResolversTypes['RequestLimits']>, ParentType, ContextType>;
  models?: Resolver<Maybe<ResolversTypes['ModelAccessRule']>, ParentType, ContextType>;
  rateLimits?: Resolver<Maybe<ReadonlyArray<ResolversTypes['RateLimitRule']>>, ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['RegionRule']>, ParentType, ContextType>;
  retention?: Resolver<Maybe<ResolversTypes['RetentionRule']>, ParentType, ContextType>;
};

export type PolicyWarningResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PolicyWarning'] = ResolversParentTypes['PolicyWarning']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PriceResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Price'] = ResolversParentTypes['Price']> = {
  cacheRead?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  cacheWrite?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  cacheWriteLong?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  input?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  output?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  reasoning?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  request?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  tiers?: Resolver<ReadonlyArray<ResolversTypes['PriceTier']>, ParentType, ContextType>;
};

export type PriceTierResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PriceTier'] = ResolversParentTypes['PriceTier']> = {
  aboveInputTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cacheRead?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  cacheWrite?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  input?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  output?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
};

export type ProjectResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Project'] = ResolversParentTypes['Project']> = {
  apiKeys?: Resolver<ResolversTypes['ApiKeyConnection'], ParentType, ContextType, RequireFields<ProjectApiKeysArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parent?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['UsageTotals'], ParentType, ContextType, Partial<ProjectUsageArgs>>;
  workloads?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type ProjectConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ProjectConnection'] = ResolversParentTypes['ProjectConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ProjectEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Project']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ProjectEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ProjectEdge'] = ResolversParentTypes['ProjectEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Project'], ParentType, ContextType>;
};

export type ProviderResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Provider'] = ResolversParentTypes['Provider']> = {
  dataPolicy?: Resolver<ResolversTypes['DataPolicy'], ParentType, ContextType>;
  headquarters?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  modelCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  protocol?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  region?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  vendor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditLog?: Resolver<ResolversTypes['AuditConnection'], ParentType, ContextType, RequireFields<QueryAuditLogArgs, 'first'>>;
  completion?: Resolver<Maybe<ResolversTypes['Completion']>, ParentType, ContextType, RequireFields<QueryCompletionArgs, 'id'>>;
  completions?: Resolver<ResolversTypes['CompletionConnection'], ParentType, ContextType, RequireFields<QueryCompletionsArgs, 'first'>>;
  contentHolds?: Resolver<ReadonlyArray<ResolversTypes['ContentHold']>, ParentType, ContextType>;
  dependencyAudit?: Resolver<ResolversTypes['DependencyAudit'], ParentType, ContextType, RequireFields<QueryDependencyAuditArgs, 'window'>>;
  effectivePolicy?: Resolver<ResolversTypes['EffectivePolicy'], ParentType, ContextType, Partial<QueryEffectivePolicyArgs>>;
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType, RequireFields<QueryModelArgs, 'id'>>;
  models?: Resolver<ResolversTypes['ModelConnection'], ParentType, ContextType, RequireFields<QueryModelsArgs, 'allowedOnly' | 'first' | 'orderBy'>>;
  policies?: Resolver<ResolversTypes['PolicyConnection'], ParentType, ContextType, RequireFields<QueryPoliciesArgs, 'first'>>;
  policy?: Resolver<Maybe<ResolversTypes['Policy']>, ParentType, ContextType, RequireFields<QueryPolicyArgs, 'id'>>;
  policyImpact?: Resolver<ResolversTypes['PolicyImpact'], ParentType, ContextType, RequireFields<QueryPolicyImpactArgs, 'draft' | 'window'>>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType, RequireFields<QueryProjectArgs, 'id'>>;
  projects?: Resolver<ResolversTypes['ProjectConnection'], ParentType, ContextType, RequireFields<QueryProjectsArgs, 'first'>>;
  providers?: Resolver<ReadonlyArray<ResolversTypes['Provider']>, ParentType, ContextType>;
  route?: Resolver<ResolversTypes['RouteDecision'], ParentType, ContextType, RequireFields<QueryRouteArgs, 'input'>>;
  statement?: Resolver<ResolversTypes['Statement'], ParentType, ContextType, RequireFields<QueryStatementArgs, 'month'>>;
  usage?: Resolver<ResolversTypes['UsageReport'], ParentType, ContextType, RequireFields<QueryUsageArgs, 'first' | 'groupBy' | 'groupByLabels' | 'orderBy'>>;
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
};

export type RateLimitRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RateLimitRule'] = ResolversParentTypes['RateLimitRule']> = {
  per?: Resolver<ResolversTypes['BudgetScope'], ParentType, ContextType>;
  requests?: Resolver<Maybe<ResolversTypes['Count']>, ParentType, ContextType>;
  tokens?: Resolver<Maybe<ResolversTypes['Count']>, ParentType, ContextType>;
  window?: Resolver<ResolversTypes['Duration'], ParentType, ContextType>;
};

export type ReasoningDeltaResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ReasoningDelta'] = ResolversParentTypes['ReasoningDelta']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RedactionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Redaction'] = ResolversParentTypes['Redaction']> = {
  action?: Resolver<ResolversTypes['ContentAction'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  direction?: Resolver<ResolversTypes['Direction'], ParentType, ContextType>;
  enforced?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RefusalDeltaResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RefusalDelta'] = ResolversParentTypes['RefusalDelta']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RegionRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RegionRule'] = ResolversParentTypes['RegionRule']> = {
  allow?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  cutStreams?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  deny?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type RequestLimitsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RequestLimits'] = ResolversParentTypes['RequestLimits']> = {
  maxCost?: Resolver<Maybe<ResolversTypes['Money']>, ParentType, ContextType>;
  maxInputTokens?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  maxOutputTokens?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type RetentionRuleResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RetentionRule'] = ResolversParentTypes['RetentionRule']> = {
  allowTraining?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  gatewayContent?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  gatewayFacts?: Resolver<Maybe<ResolversTypes['Duration']>, ParentType, ContextType>;
  maxRetentionDays?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  provider?: Resolver<Maybe<ResolversTypes['Retention']>, ParentType, ContextType>;
};

export type RoleGrantResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RoleGrant'] = ResolversParentTypes['RoleGrant']> = {
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['AccessRole'], ParentType, ContextType>;
};

export type RouteDecisionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RouteDecision'] = ResolversParentTypes['RouteDecision']> = {
  candidates?: Resolver<ReadonlyArray<ResolversTypes['Candidate']>, ParentType, ContextType>;
  findings?: Resolver<ReadonlyArray<ResolversTypes['Redaction']>, ParentType, ContextType>;
  policies?: Resolver<ReadonlyArray<ResolversTypes['PolicyRef']>, ParentType, ContextType>;
  workload?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ScorePartResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ScorePart'] = ResolversParentTypes['ScorePart']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
};

export type StatementResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Statement'] = ResolversParentTypes['Statement']> = {
  csv?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  lines?: Resolver<ResolversTypes['StatementLineConnection'], ParentType, ContextType, RequireFields<StatementLinesArgs, 'first'>>;
  month?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
};

export type StatementLineResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['StatementLine'] = ResolversParentTypes['StatementLine']> = {
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  provider?: Resolver<Maybe<ResolversTypes['Provider']>, ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['UsageTotals'], ParentType, ContextType>;
};

export type StatementLineConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['StatementLineConnection'] = ResolversParentTypes['StatementLineConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['StatementLineEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['StatementLine']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type StatementLineEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['StatementLineEdge'] = ResolversParentTypes['StatementLineEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['StatementLine'], ParentType, ContextType>;
};

export type SubjectResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Subject'] = ResolversParentTypes['Subject']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  role?: Resolver<Maybe<ResolversTypes['AccessRole']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  workload?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  complete?: SubscriptionResolver<ResolversTypes['CompletionEvent'], "complete", ParentType, ContextType, RequireFields<SubscriptionCompleteArgs, 'input'>>;
  completionEvents?: SubscriptionResolver<ResolversTypes['CompletionEvent'], "completionEvents", ParentType, ContextType, RequireFields<SubscriptionCompletionEventsArgs, 'after' | 'id'>>;
  policyChanged?: SubscriptionResolver<ResolversTypes['Policy'], "policyChanged", ParentType, ContextType>;
};

export type TextDeltaResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['TextDelta'] = ResolversParentTypes['TextDelta']> = {
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TextPartResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['TextPart'] = ResolversParentTypes['TextPart']> = {
  citations?: Resolver<ReadonlyArray<ResolversTypes['Citation']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ThinModelResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ThinModel'] = ResolversParentTypes['ThinModel']> = {
  endpoints?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
};

export type TimingResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Timing'] = ResolversParentTypes['Timing']> = {
  firstTokenMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  overheadMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  totalMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type TokenUsageResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['TokenUsage'] = ResolversParentTypes['TokenUsage']> = {
  cacheWriteTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  cachedInputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  estimated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  inputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  reasoningTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export type ToolCallResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ToolCall'] = ResolversParentTypes['ToolCall']> = {
  arguments?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ToolCallDeltaResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ToolCallDelta'] = ResolversParentTypes['ToolCallDelta']> = {
  arguments?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  completionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  id?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UsageGroupResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UsageGroup'] = ResolversParentTypes['UsageGroup']> = {
  keys?: Resolver<ReadonlyArray<ResolversTypes['UsageKey']>, ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  provider?: Resolver<Maybe<ResolversTypes['Provider']>, ParentType, ContextType>;
  series?: Resolver<ReadonlyArray<ResolversTypes['UsagePoint']>, ParentType, ContextType>;
  total?: Resolver<ResolversTypes['UsageTotals'], ParentType, ContextType>;
};

export type UsageKeyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UsageKey'] = ResolversParentTypes['UsageKey']> = {
  dimension?: Resolver<Maybe<ResolversTypes['UsageDimension']>, ParentType, ContextType>;
  label?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type UsagePointResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UsagePoint'] = ResolversParentTypes['UsagePoint']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['UsageTotals'], ParentType, ContextType>;
};

export type UsageReportResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UsageReport'] = ResolversParentTypes['UsageReport']> = {
  groups?: Resolver<ReadonlyArray<ResolversTypes['UsageGroup']>, ParentType, ContextType>;
  others?: Resolver<Maybe<ResolversTypes['UsageTotals']>, ParentType, ContextType>;
  series?: Resolver<ReadonlyArray<ResolversTypes['UsagePoint']>, ParentType, ContextType>;
  total?: Resolver<ResolversTypes['UsageTotals'], ParentType, ContextType>;
};

export type UsageTotalsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UsageTotals'] = ResolversParentTypes['UsageTotals']> = {
  cacheWriteTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  cachedInputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  failures?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  inputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  reasoningTokens?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  refusals?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  requests?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export type VendorDependencyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['VendorDependency'] = ResolversParentTypes['VendorDependency']> = {
  failoverCostDelta?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  share?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  stranded?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  vendor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  effectivePolicy?: Resolver<ResolversTypes['EffectivePolicy'], ParentType, ContextType>;
  project?: Resolver<Maybe<ResolversTypes['Project']>, ParentType, ContextType>;
  roles?: Resolver<ReadonlyArray<ResolversTypes['RoleGrant']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = GraphQLContext> = {
  ApiKey?: ApiKeyResolvers<ContextType>;
  ApiKeyConnection?: ApiKeyConnectionResolvers<ContextType>;
  ApiKeyEdge?: ApiKeyEdgeResolvers<ContextType>;
  ApiKeyPayload?: ApiKeyPayloadResolvers<ContextType>;
  Attempt?: AttemptResolvers<ContextType>;
  AuditConnection?: AuditConnectionResolvers<ContextType>;
  AuditEdge?: AuditEdgeResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  BudgetRule?: BudgetRuleResolvers<ContextType>;
  BudgetState?: BudgetStateResolvers<ContextType>;
  Candidate?: CandidateResolvers<ContextType>;
  Citation?: CitationResolvers<ContextType>;
  Completion?: CompletionResolvers<ContextType>;
  CompletionAccepted?: CompletionAcceptedResolvers<ContextType>;
  CompletionConnection?: CompletionConnectionResolvers<ContextType>;
  CompletionEdge?: CompletionEdgeResolvers<ContextType>;
  CompletionError?: CompletionErrorResolvers<ContextType>;
  CompletionEvent?: CompletionEventResolvers<ContextType>;
  CompletionFailed?: CompletionFailedResolvers<ContextType>;
  CompletionFinished?: CompletionFinishedResolvers<ContextType>;
  CompletionIncomplete?: CompletionIncompleteResolvers<ContextType>;
  CompletionStarted?: CompletionStartedResolvers<ContextType>;
  ContentHold?: ContentHoldResolvers<ContextType>;
  ContentRule?: ContentRuleResolvers<ContextType>;
  Count?: GraphQLScalarType;
  DataPolicy?: DataPolicyResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DependencyAudit?: DependencyAuditResolvers<ContextType>;
  Duration?: GraphQLScalarType;
  EffectivePolicy?: EffectivePolicyResolvers<ContextType>;
  Endpoint?: EndpointResolvers<ContextType>;
  EndpointHealth?: EndpointHealthResolvers<ContextType>;
  EraseContentPayload?: EraseContentPayloadResolvers<ContextType>;
  EscalationRule?: EscalationRuleResolvers<ContextType>;
  Exclusion?: ExclusionResolvers<ContextType>;
  ExclusionCount?: ExclusionCountResolvers<ContextType>;
  Handoff?: HandoffResolvers<ContextType>;
  ImpactGroup?: ImpactGroupResolvers<ContextType>;
  ImpactGroupConnection?: ImpactGroupConnectionResolvers<ContextType>;
  ImpactGroupEdge?: ImpactGroupEdgeResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  Label?: LabelResolvers<ContextType>;
  LimitedBy?: LimitedByResolvers<ContextType>;
  MediaPart?: MediaPartResolvers<ContextType>;
  Message?: MessageResolvers<ContextType>;
  Model?: ModelResolvers<ContextType>;
  ModelAccessRule?: ModelAccessRuleResolvers<ContextType>;
  ModelConnection?: ModelConnectionResolvers<ContextType>;
  ModelEdge?: ModelEdgeResolvers<ContextType>;
  Money?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  NotAssessable?: NotAssessableResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Part?: PartResolvers<ContextType>;
  Policy?: PolicyResolvers<ContextType>;
  PolicyConnection?: PolicyConnectionResolvers<ContextType>;
  PolicyContribution?: PolicyContributionResolvers<ContextType>;
  PolicyEdge?: PolicyEdgeResolvers<ContextType>;
  PolicyImpact?: PolicyImpactResolvers<ContextType>;
  PolicyPayload?: PolicyPayloadResolvers<ContextType>;
  PolicyRef?: PolicyRefResolvers<ContextType>;
  PolicyRevision?: PolicyRevisionResolvers<ContextType>;
  PolicyRevisionConnection?: PolicyRevisionConnectionResolvers<ContextType>;
  PolicyRevisionEdge?: PolicyRevisionEdgeResolvers<ContextType>;
  PolicyRules?: PolicyRulesResolvers<ContextType>;
  PolicyWarning?: PolicyWarningResolvers<ContextType>;
  Price?: PriceResolvers<ContextType>;
  PriceTier?: PriceTierResolvers<ContextType>;
  Project?: ProjectResolvers<ContextType>;
  ProjectConnection?: ProjectConnectionResolvers<ContextType>;
  ProjectEdge?: ProjectEdgeResolvers<ContextType>;
  Provider?: ProviderResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RateLimitRule?: RateLimitRuleResolvers<ContextType>;
  ReasoningDelta?: ReasoningDeltaResolvers<ContextType>;
  Redaction?: RedactionResolvers<ContextType>;
  RefusalDelta?: RefusalDeltaResolvers<ContextType>;
  RegionRule?: RegionRuleResolvers<ContextType>;
  RequestLimits?: RequestLimitsResolvers<ContextType>;
  RetentionRule?: RetentionRuleResolvers<ContextType>;
  RoleGrant?: RoleGrantResolvers<ContextType>;
  RouteDecision?: RouteDecisionResolvers<ContextType>;
  ScorePart?: ScorePartResolvers<ContextType>;
  Statement?: StatementResolvers<ContextType>;
  StatementLine?: StatementLineResolvers<ContextType>;
  StatementLineConnection?: StatementLineConnectionResolvers<ContextType>;
  StatementLineEdge?: StatementLineEdgeResolvers<ContextType>;
  Subject?: SubjectResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TextDelta?: TextDeltaResolvers<ContextType>;
  TextPart?: TextPartResolvers<ContextType>;
  ThinModel?: ThinModelResolvers<ContextType>;
  Timing?: TimingResolvers<ContextType>;
  TokenUsage?: TokenUsageResolvers<ContextType>;
  ToolCall?: ToolCallResolvers<ContextType>;
  ToolCallDelta?: ToolCallDeltaResolvers<ContextType>;
  UsageGroup?: UsageGroupResolvers<ContextType>;
  UsageKey?: UsageKeyResolvers<ContextType>;
  UsagePoint?: UsagePointResolvers<ContextType>;
  UsageReport?: UsageReportResolvers<ContextType>;
  UsageTotals?: UsageTotalsResolvers<ContextType>;
  VendorDependency?: VendorDependencyResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
};

