/** schema/*.graphql, in the order of their names. Written by `npm run generate`. */
export const typeDefinitions = `extend type Query {
  "Who is asking, as the gateway sees it."
  viewer: Viewer!
  projects(first: Int! = 50, after: String): ProjectConnection!
  project(id: ID!): Project
}
extend type Mutation {
  createProject(input: ProjectInput!): Project!
  "The secret is shown this once; only its keyed hash is kept."
  createApiKey(input: ApiKeyInput!): ApiKeyPayload!
  "Live streams of a revoked key end within five seconds."
  revokeApiKey(id: ID!): ApiKey!
}
type Viewer {
  user: String
  project: Project
  apiKey: ApiKey
  roles: [RoleGrant!]!
  effectivePolicy: EffectivePolicy!
}
"A role holds in a project and below it. A key or user can grant no more than it has."
type RoleGrant {
  role: AccessRole!
  project: Project
}
enum AccessRole {
  ADMIN
  AUDITOR
  MEMBER
}
type ProjectConnection {
  edges: [ProjectEdge!]!
  nodes: [Project!]!
  pageInfo: PageInfo!
}
type ProjectEdge {
  cursor: String!
  node: Project!
}
"A project without a parent is a tenant: nothing is shared between tenants."
type Project @key(fields: "id") {
  id: ID!
  name: String!
  parent: Project
  "The workloads that its callers may name. Null: any, but then no policy may bind by workload."
  workloads: [String!]
  apiKeys(first: Int! = 50, after: String): ApiKeyConnection!
  usage(filter: UsageFilter): UsageTotals!
}
type ApiKeyConnection {
  edges: [ApiKeyEdge!]!
  nodes: [ApiKey!]!
  pageInfo: PageInfo!
}
type ApiKeyEdge {
  cursor: String!
  node: ApiKey!
}
type ApiKey @key(fields: "id") {
  id: ID!
  name: String!
  "The first characters, to tell keys apart."
  prefix: String!
  project: Project!
  role: AccessRole!
  workloads: [String!]
  createdAt: DateTime!
  expiresAt: DateTime
  revokedAt: DateTime
  lastUsedAt: DateTime
}
input ProjectInput {
  name: String!
  parent: ID
  workloads: [String!]
}
input ApiKeyInput {
  name: String!
  project: ID!
  role: AccessRole! = MEMBER
  workloads: [String!]
  expiresAt: DateTime
}
type ApiKeyPayload {
  apiKey: ApiKey!
  secret: String!
}

type Query {
  """
  Decides how a request would be routed, without calling any model: every candidate endpoint, whether the caller's
  policies allow it, why not where they do not, and how the rest rank. \`complete\` decides by the same code.
  """
  route(input: CompleteInput!): RouteDecision!

  "One running or finished completion that the caller may see."
  completion(id: ID!): Completion
}

type Mutation {
  """
  Runs a completion and returns it whole. Only faults of identity and of input are GraphQL errors; a refusal by
  policy, an exhausted budget, a failed provider, a cut answer are data: see \`status\` and \`error\`.
  """
  complete(input: CompleteInput!): Completion!

  "Stops a running completion, on whichever node it runs. Only who began it may, or an administrator of its project: else FORBIDDEN."
  cancelCompletion(id: ID!): Completion!
}

type Subscription {
  """
  Runs a completion and streams it. Leaving the subscription cancels it, unless \`detach\` or \`idempotencyKey\` is set. The last event
  is always CompletionFinished, CompletionFailed or CompletionIncomplete. Clients ignore event types that they do not know.
  """
  complete(input: CompleteInput!): CompletionEvent!

  """
  Re-attaches to a running or just finished completion: first the events numbered above \`after\`, as they were cut then,
  then the live ones. Only where a retention rule lets the gateway keep text (\`gatewayContent\`).
  """
  completionEvents(id: ID!, after: Int! = -1): CompletionEvent!
}

input CompleteInput {
  """
  A model id ("anthropic/claude-sonnet-4.5"), one of its endpoints ("anthropic/claude-sonnet-4.5@bedrock-eu"), an alias
  set by an administrator, or "auto" to let the router choose.
  """
  model: String! = "auto"
  "Models to try, in this order, when no endpoint of \`model\` can answer."
  fallbackModels: [String!]! = []
  messages: [MessageInput!]!
  tools: [ToolInput!]! = []
  toolChoice: ToolChoiceInput
  parallelToolCalls: Boolean
  responseFormat: ResponseFormatInput
  "Absent: 4096, or what a policy sets. It is always sent to the provider."
  maxOutputTokens: Int
  temperature: Float
  topP: Float
  topK: Int
  stop: [String!]! = []
  seed: Int
  frequencyPenalty: Float
  presencePenalty: Float
  reasoning: ReasoningInput
  "Parameters of one wire protocol, from an allow list per protocol."
  providerOptions: [ProviderOptionsInput!]! = []
  routing: RoutingInput
  """
  What this call is for: letters, digits, \`.\`, \`_\`, \`-\`, at most 64. Absent: the name of the GraphQL operation, else
  "default". Where the key or project lists its workloads, one outside the list is FORBIDDEN.
  """
  workload: String
  "For cost attribution. At most 16, 64 characters each."
  labels: [LabelInput!]! = []
  "The caller's own user, for attribution and abuse reports; never for policy."
  endUser: String
  "Requests of one session prefer the endpoint whose prompt cache is warm."
  sessionId: String
  """
  A retry with the same key and the same input joins the run that is under way, or returns its finished result where
  the gateway may keep text, else CONFLICT with the first one's id; it is charged once. A run whose connection is lost
  goes on for ten seconds for its twin. Kept for 24 hours.
  """
  idempotencyKey: String
  "The whole call, retries and handoffs included, ends within this time. Absent: PT5M."
  deadline: Duration
  "Only for the subscription: keep generating when the subscriber leaves, so that it can re-attach."
  detach: Boolean! = false
}

enum MessageRole {
  SYSTEM
  USER
  ASSISTANT
  TOOL
}

input MessageInput {
  role: MessageRole!
  "Plain text. Give either \`text\` or \`parts\`."
  text: String
  parts: [PartInput!]
  "On an ASSISTANT message: the calls that it made."
  toolCalls: [ToolCallInput!]! = []
  "On a TOOL message: the call that it answers."
  toolCallId: ID
  "The \`continuation\` of the answer that is given back here, unchanged."
  continuation: String
}

"Exactly one of the first four. (No @oneOf: not every federation composer knows it.)"
input PartInput {
  text: String
  image: MediaInput
  audio: MediaInput
  file: MediaInput
  "A prompt-cache breakpoint, where the endpoint has such."
  cacheUpToHere: Boolean! = false
}
"Either a URL that the provider fetches itself, or base64 data with its media type. The gateway never fetches a URL."
input MediaInput {
  url: String
  data: String
  mediaType: String
  name: String
}
input ToolInput {
  name: String!
  description: String
  "A JSON Schema."
  parameters: JSON!
  strict: Boolean
}
input ToolCallInput {
  id: ID!
  name: String!
  "A JSON document."
  arguments: String!
}
input ToolChoiceInput {
  mode: ToolChoiceMode! = AUTO
  "With TOOL: its name."
  name: String
}
enum ToolChoiceMode {
  AUTO
  NONE
  REQUIRED
  TOOL
}
input ResponseFormatInput {
  type: ResponseFormatType! = TEXT
  name: String
  schema: JSON
  strict: Boolean
}
enum ResponseFormatType {
  TEXT
  JSON_OBJECT
  JSON_SCHEMA
}
input ReasoningInput {
  effort: ReasoningEffort
  maxTokens: Int
  exclude: Boolean! = false
}
enum ReasoningEffort {
  NONE
  MINIMAL
  LOW
  MEDIUM
  HIGH
}
input ProviderOptionsInput {
  protocol: String!
  options: JSON!
}

"What the caller asks of the router. It can narrow what policies allow, and never widen it."
input RoutingInput {
  "What to optimise among the endpoints that pass every hard rule."
  optimize: Optimize! = BALANCED
  "Providers or vendors to try first, in this order."
  order: [String!]! = []
  "Null: any. Provider ids or vendors, exact."
  only: [String!]
  ignore: [String!]! = []
  allowFallbacks: Boolean! = true
  "Only endpoints that support every parameter of this request."
  requireParameters: Boolean! = false
  "Null: any."
  regions: [String!]
  zeroDataRetention: Boolean! = false
  denyTraining: Boolean! = false
  "Null: any."
  quantizations: [String!]
  maxPrice: MaxPriceInput
  "Soft: endpoints that miss it go last."
  preferredMaxLatency: Duration
  "Soft, in tokens per second."
  preferredMinThroughput: Float
  "What to do when a stream breaks after text has been delivered. Absent: as the server is configured, CONTINUE unless it says otherwise."
  handoff: HandoffMode
}
enum Optimize {
  COST
  LATENCY
  THROUGHPUT
  QUALITY
  BALANCED
}
"US dollars per million tokens, and per request. Hard limits."
input MaxPriceInput {
  input: Money
  output: Money
  request: Money
}

enum HandoffMode {
  "End with CompletionIncomplete."
  TERMINATE
  """
  Another endpoint goes on where the text was cut, and nothing delivered becomes void: from an assistant prefix where its
  model takes one, else by starting over, held back until it has repeated the delivered text to the letter. Where it
  does not, the answer ends as incomplete.
  """
  CONTINUE
  "As CONTINUE; where that fails, another endpoint starts over in the open, and the event says which text is void."
  RESTART
}

type Completion @key(fields: "id") {
  id: ID!
  status: CompletionStatus!
  "Why \`status\` is not FINISHED."
  error: CompletionError
  "The model that answered, whichever was asked for."
  model: Model
  "The endpoint that answered."
  endpoint: Endpoint
  message: Message
  "The whole answer. Null unless \`status\` is FINISHED; later also where it was not kept (the mutation and the last event always carry it)."
  text: String
  "What was delivered of an answer that was cut, cancelled or blocked."
  partialText: String
  "What was asked, as the content rules left it; null unless a retention rule keeps text. Reading it is written to the audit log."
  prompt: JSON
  finishReason: FinishReason
  "Over all attempts."
  usage: TokenUsage!
  route: RouteDecision
  "What was tried, in order."
  attempts: [Attempt!]!
  "What the content rules found and did. Never the values."
  redactions: [Redaction!]!
  "A signed statement of what was decided and why (JWS; the keys are at /.well-known/jwks.json)."
  receipt: String
  "Opens the digests of the receipt. Only in the mutation and the last event; it is never kept."
  receiptNonce: String
  createdAt: DateTime!
  finishedAt: DateTime
  timing: Timing
  workload: String!
  labels: [Label!]!
}
enum CompletionStatus {
  RUNNING
  FINISHED
  REFUSED
  FAILED
  INCOMPLETE
  CANCELLED
}
enum FinishReason {
  STOP
  LENGTH
  TOOL_CALLS
  CONTENT_FILTER
  REFUSAL
}
type Message {
  role: MessageRole!
  "The text parts, joined."
  text: String!
  parts: [Part!]!
  reasoning: String
  refusal: String
  toolCalls: [ToolCall!]!
  "Opaque state of the provider (reasoning signatures and the like). Give it back unchanged with the next request."
  continuation: String
}
interface Part {
  index: Int!
}
type TextPart implements Part {
  index: Int!
  text: String!
  citations: [Citation!]!
}
type MediaPart implements Part {
  index: Int!
  mediaType: String!
  data: String
  url: String
}
type Citation {
  url: String
  title: String
  start: Int
  end: Int
}
type ToolCall {
  id: ID!
  name: String!
  arguments: String!
}
"In milliseconds."
type Timing {
  firstTokenMs: Float
  totalMs: Float!
  "Spent in the gateway itself."
  overheadMs: Float!
}

type TokenUsage {
  "All input, what was read from and written to a cache included."
  inputTokens: Count!
  "All output, reasoning included."
  outputTokens: Count!
  reasoningTokens: Count!
  cachedInputTokens: Count!
  cacheWriteTokens: Count!
  cost: Money!
  "True where the provider did not report it all, and the gateway counted or assumed."
  estimated: Boolean!
}

type Redaction {
  kind: String!
  action: ContentAction!
  direction: Direction!
  count: Int!
  "False under MONITOR: counted, and nothing was done."
  enforced: Boolean!
}
enum Direction {
  INPUT
  OUTPUT
}

"Events are numbered from 0 without gaps, so a client can tell whether it missed one."
interface CompletionEvent {
  completionId: ID!
  seq: Int!
}
"Number 0 of every completion that was routed, before any provider is called: from now on it can be cancelled and re-attached."
type CompletionAccepted implements CompletionEvent {
  completionId: ID!
  seq: Int!
  route: RouteDecision!
}
"An endpoint has begun to answer."
type CompletionStarted implements CompletionEvent {
  completionId: ID!
  seq: Int!
  endpoint: Endpoint!
}
"Text that the content rules have passed. Tokens that arrive together are delivered together."
type TextDelta implements CompletionEvent {
  completionId: ID!
  seq: Int!
  text: String!
}
type ReasoningDelta implements CompletionEvent {
  completionId: ID!
  seq: Int!
  text: String!
}
type RefusalDelta implements CompletionEvent {
  completionId: ID!
  seq: Int!
  text: String!
}
type ToolCallDelta implements CompletionEvent {
  completionId: ID!
  seq: Int!
  index: Int!
  id: ID
  name: String
  arguments: String!
}
"The endpoint failed after text had been delivered, and another took over."
type Handoff implements CompletionEvent {
  completionId: ID!
  seq: Int!
  from: Endpoint!
  to: Endpoint!
  "Why \`from\` was left: CUT, STALLED, MALFORMED or FAILED."
  reason: String!
  mode: HandoffMode!
  "Text of events after this number is void; 0 voids all of it."
  keepThroughSeq: Int!
}
type CompletionFinished implements CompletionEvent {
  completionId: ID!
  seq: Int!
  completion: Completion!
}
"Nothing was delivered."
type CompletionFailed implements CompletionEvent {
  completionId: ID!
  seq: Int!
  error: CompletionError!
  completion: Completion!
}
"The answer is cut, cancelled or blocked midway: what was delivered stands, and is charged."
type CompletionIncomplete implements CompletionEvent {
  completionId: ID!
  seq: Int!
  error: CompletionError!
  completion: Completion!
}
type CompletionError {
  code: ErrorCode!
  message: String!
  retryable: Boolean!
  retryAfterMs: Float
  "With NO_ELIGIBLE_ENDPOINT: how many endpoints each reason excluded, and which of them, lifted alone, would leave one."
  excludedBy: [ExclusionCount!]!
  "With BUDGET_EXCEEDED and RATE_LIMITED: which rule refused, and what is left of it."
  limitedBy: LimitedBy
}
type LimitedBy {
  "BUDGETS or RATE_LIMITS."
  rule: RuleKind!
  "Null where it is set in the server's own code, or the caller may not see it."
  policy: Policy
  "Of a budget."
  name: String
  per: BudgetScope!
  unit: LimitUnit!
  "Exact decimal text, as is \`remaining\`."
  limit: String!
  remaining: String!
  "When all of it is there again. Null: never."
  resetsAt: DateTime
}
enum LimitUnit {
  DOLLARS
  REQUESTS
  TOKENS
}
"One closed set, also used in \`errors[].extensions.code\`."
enum ErrorCode {
  UNAUTHENTICATED
  FORBIDDEN
  BAD_USER_INPUT
  NOT_FOUND
  CONFLICT
  NO_ELIGIBLE_ENDPOINT
  CONTENT_BLOCKED
  BUDGET_EXCEEDED
  RATE_LIMITED
  POLICY_NOT_ENFORCEABLE
  IDEMPOTENCY_MISMATCH
  CONTEXT_LENGTH_EXCEEDED
  CONTENT_FILTERED
  PROVIDER_FAILED
  PROVIDER_TIMEOUT
  PROVIDER_RATE_LIMITED
  PROVIDER_CREDENTIALS_REJECTED
  DEADLINE_EXCEEDED
  STREAM_CUT
  CANCELLED
  OVERLOADED
  STORE_UNAVAILABLE
  SHUTTING_DOWN
  INTERNAL
}

type RouteDecision {
  "All that was considered, best first; excluded ones last."
  candidates: [Candidate!]!
  "The policies in force, by revision; the same ones hold for the whole request."
  policies: [PolicyRef!]!
  "What the content rules found in the prompt, and so demanded of the route."
  findings: [Redaction!]!
  workload: String!
}
type PolicyRef {
  policy: Policy!
  revision: Int!
}
type Candidate {
  endpoint: Endpoint!
  status: CandidateStatus!
  "All reasons, not just the first; those of policies in MONITOR mode too, which exclude nothing."
  exclusions: [Exclusion!]!
  "What the call is expected to cost here."
  expectedCost: Money
  "The parts of the score, in US dollars; the lowest sum wins."
  score: [ScorePart!]!
  "The rank it would have had without its exclusions: shows what each policy costs."
  wouldRank: Int
}
enum CandidateStatus {
  SELECTED
  FALLBACK
  OUTRANKED
  EXCLUDED
}
type ScorePart {
  name: String!
  value: Money!
}
type Exclusion {
  code: ExclusionCode!
  detail: String!
  policy: Policy
  revision: Int
  "False under MONITOR."
  enforced: Boolean!
}
type ExclusionCount {
  code: ExclusionCode!
  policy: Policy
  endpoints: Int!
  "Lifting this alone would leave an endpoint."
  decisive: Boolean!
}
enum ExclusionCode {
  REGION
  RETENTION
  TRAINING
  MODEL_ACCESS
  PROVIDER_ACCESS
  CONTENT_ESCALATION
  MAX_PRICE
  QUANTIZATION
  CONTEXT_LENGTH
  PARAMETERS
  MODALITY
  CONTINUATION
  BUDGET
  RATE_LIMIT
  UNHEALTHY
  CREDENTIALS
  CALLER_IGNORED
  CALLER_ONLY
  DEPRECATED
  UNKNOWN_PRICE
}
type Attempt {
  id: ID!
  endpoint: Endpoint!
  outcome: AttemptOutcome!
  "HTTP status where there was one."
  status: Int
  error: CompletionError
  startedAt: DateTime!
  durationMs: Float!
  firstTokenMs: Float
  "Of this attempt alone."
  usage: TokenUsage!
}
"UNKNOWN: the node died while it ran; charged at what was reserved until corrected."
enum AttemptOutcome {
  SUCCEEDED
  FAILED
  TIMED_OUT
  RATE_LIMITED
  REFUSED
  CANCELLED
  CUT
  UNKNOWN
}

extend type Query {
  "What stops the purge of kept text, oldest first."
  contentHolds: [ContentHold!]!
}

extend type Mutation {
  "Deletes all kept text of a user, where the caller administers; what a hold names stays. Administrators only."
  eraseContent(user: String!): EraseContentPayload!
  "Stops the purge of kept text of a project, a user, or a user in a project. Administrators only."
  addContentHold(input: ContentHoldInput!): ContentHold!
  "Lets the purge go on. Returns the id."
  removeContentHold(id: ID!): ID!
}

"Members are AND-ed; a project holds those below it."
type ContentHold {
  id: ID!
  project: Project
  user: String
  createdAt: DateTime!
  createdBy: String!
}
input ContentHoldInput {
  project: ID
  user: String
}
type EraseContentPayload {
  erased: Count!
  "Kept, because a hold names it."
  held: Count!
}

# What a federated router composes. Every type that carries @key is an entity: other subgraphs may extend it.
extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", "@shareable", "@tag", "@external", "@requires"]
  )

"An exact amount of US dollars: a decimal string of at most nine places, without trailing zeros (\\"0.00117599\\"), negative only in differences. Input: string or Int."
scalar Money
"An ISO 8601 instant in UTC with milliseconds."
scalar DateTime
"A setting of time as ISO 8601, such as PT30S or P30D. Measured times are numbers of milliseconds instead."
scalar Duration
"A whole number from 0 to 2^53 - 1, as a JSON number."
scalar Count
"Any JSON value; as input also a string that holds JSON."
scalar JSON

type PageInfo @shareable {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}
type Label {
  name: String!
  value: String!
}
input LabelInput {
  name: String!
  value: String!
}

extend type Query {
  "The models of the catalogue. With \`allowedOnly\` (the default) just those that the caller's policies let it use now."
  models(
    filter: ModelFilter
    orderBy: ModelOrder! = { field: NAME, direction: ASC }
    allowedOnly: Boolean! = true
    first: Int! = 50
    after: String
  ): ModelConnection!
  model(id: ID!): Model
  providers: [Provider!]!
}

"Members are AND-ed, the entries of one member OR-ed."
input ModelFilter {
  search: String
  authors: [String!]
  providers: [String!]
  vendors: [String!]
  regions: [String!]
  zeroDataRetention: Boolean
  inputModalities: [Modality!]
  supports: [Capability!]
  minContextTokens: Int
  maxInputPrice: Money
}
input ModelOrder {
  field: ModelOrderField!
  direction: OrderDirection! = ASC
}
enum ModelOrderField {
  NAME
  INPUT_PRICE
  OUTPUT_PRICE
  CONTEXT
  RELEASED
  LATENCY
  THROUGHPUT
  QUALITY
}
enum OrderDirection {
  ASC
  DESC
}
enum Modality {
  TEXT
  IMAGE
  AUDIO
  VIDEO
  FILE
}
"PREFIX: accepts a last message of the assistant to go on from."
enum Capability {
  TOOLS
  JSON_SCHEMA
  REASONING
  STREAMING
  PROMPT_CACHE
  PREFIX
}

type ModelConnection {
  edges: [ModelEdge!]!
  nodes: [Model!]!
  pageInfo: PageInfo!
  totalCount: Int!
}
type ModelEdge {
  cursor: String!
  node: Model!
}

"A model, whoever serves it."
type Model @key(fields: "id") {
  id: ID!
  name: String!
  author: String!
  description: String
  contextTokens: Int!
  maxOutputTokens: Int
  inputModalities: [Modality!]!
  outputModalities: [Modality!]!
  capabilities: [Capability!]!
  knowledgeCutoff: String
  releasedAt: String
  deprecated: Boolean!
  "Where it is served, and whether the caller may use it there."
  endpoints: [Endpoint!]!
}

"A model as one provider serves it: what a request is routed to."
type Endpoint @key(fields: "id") {
  "\\"model@provider\\", split at the last @; a variant follows after a slash: \\"meta/llama-3.3-70b@deepinfra/fp8\\"."
  id: ID!
  model: Model!
  provider: Provider!
  region: String
  price: Price
  dataPolicy: DataPolicy!
  quantization: String
  health: EndpointHealth!
  "Whether generation, and so the bill, goes on at the provider after the gateway hung up. Null: not known."
  billsAfterAbort: Boolean
  "Why the caller may not use it now; all reasons."
  exclusions: [Exclusion!]!
}
"US dollars per million tokens. Null is unknown, never free."
type Price {
  input: Money
  output: Money
  cacheRead: Money
  cacheWrite: Money
  "For caches that live an hour."
  cacheWriteLong: Money
  reasoning: Money
  request: Money
  "Other prices above a number of input tokens."
  tiers: [PriceTier!]!
}
type PriceTier {
  aboveInputTokens: Int!
  input: Money
  output: Money
  cacheRead: Money
  cacheWrite: Money
}

type Provider @key(fields: "id") {
  "Lower-case letters, digits and dashes."
  id: ID!
  name: String!
  "The company behind it: two providers of one vendor are one dependency."
  vendor: String!
  "The wire protocol that it speaks."
  protocol: String!
  region: String
  headquarters: String
  dataPolicy: DataPolicy!
  modelCount: Int!
}
"What is known of how prompts are handled. Unknown counts as kept and trained on."
type DataPolicy {
  retention: Retention!
  retentionDays: Int
  training: Boolean
  "Where the fact comes from: a document, or the contract that an administrator named."
  evidence: String
  checkedAt: String
  "After this day it counts as unknown."
  validUntil: String
}
enum Retention {
  NONE
  SAFETY_ONLY
  LIMITED
  INDEFINITE
  UNKNOWN
}
"Of the last five minutes, over all nodes."
type EndpointHealth {
  state: HealthState!
  "From 0 to 1. Null without traffic."
  uptime: Float
  firstTokenP50Ms: Float
  firstTokenP99Ms: Float
  "Tokens per second, median."
  throughput: Float
}
enum HealthState {
  HEALTHY
  DEGRADED
  OPEN
  UNKNOWN
}

extend type Query {
  policies(filter: PolicyFilter, first: Int! = 50, after: String): PolicyConnection!
  policy(id: ID!): Policy
  "All policies that bind this caller (or the one named): what is really in force, and which policy says so."
  effectivePolicy(subject: SubjectInput): EffectivePolicy!
  """
  Judges the recorded requests of \`window\` anew under a draft, from their facts: which would be refused, which would go
  elsewhere, what it would cost, and which models would be left with fewer than two endpoints.
  """
  policyImpact(draft: PolicyInput!, replaces: ID, window: Duration! = "P7D"): PolicyImpact!
  "Acts of administration and every reading of kept content, newest first. Each entry carries the hash of the one before it."
  auditLog(first: Int! = 50, after: String): AuditConnection!
}

extend type Mutation {
  createPolicy(input: PolicyInput!): PolicyPayload!
  "What the patch leaves out stays; null removes. CONFLICT where \`expectedRevision\` is not the newest."
  updatePolicy(id: ID!, patch: PolicyPatch!, expectedRevision: Int!): PolicyPayload!
  deletePolicy(id: ID!, expectedRevision: Int!): PolicyPayload!
  "Makes the rules of an earlier revision the newest ones."
  restorePolicy(id: ID!, revision: Int!, expectedRevision: Int!): PolicyPayload!
}

extend type Subscription {
  policyChanged: Policy!
}

"\`appliedNodes\` have the new revision in force; \`pendingNodes\` do not yet. Warnings: patterns that match nothing, and the like."
type PolicyPayload {
  policy: Policy!
  warnings: [PolicyWarning!]!
  appliedNodes: [String!]!
  pendingNodes: [String!]!
}
type PolicyWarning {
  path: String!
  message: String!
}

input PolicyFilter {
  search: String
  project: ID
  mode: PolicyMode
}
type PolicyConnection {
  edges: [PolicyEdge!]!
  nodes: [Policy!]!
  pageInfo: PageInfo!
}
type PolicyEdge {
  cursor: String!
  node: Policy!
}

type Policy @key(fields: "id") {
  id: ID!
  name: String!
  description: String
  mode: PolicyMode!
  "Whom it binds. Empty: everybody in the tenant of its author; from the installation's administrator: everybody. What is set higher up cannot be loosened further down."
  appliesTo: [Subject!]!
  rules: PolicyRules!
  revision: Int!
  revisions(first: Int! = 20, after: String): PolicyRevisionConnection!
  createdAt: DateTime!
  updatedAt: DateTime!
  updatedBy: String!
}
enum PolicyMode {
  ENFORCE
  "Decide and record what would have happened, and let the request pass."
  MONITOR
  DISABLED
}
type PolicyRevisionConnection {
  edges: [PolicyRevisionEdge!]!
  nodes: [PolicyRevision!]!
  pageInfo: PageInfo!
}
type PolicyRevisionEdge {
  cursor: String!
  node: PolicyRevision!
}
type PolicyRevision {
  revision: Int!
  at: DateTime!
  by: String!
  mode: PolicyMode!
  appliesTo: [Subject!]!
  rules: PolicyRules!
}

"""
Members are AND-ed, entries of a list OR-ed; an empty subject is refused. A project holds those below it. \`user\` comes
from a verified token only; \`workload\` only where the project or key lists its workloads.
"""
type Subject {
  project: Project
  apiKey: ApiKey
  user: String
  role: AccessRole
  workload: String
}

"""
All policies that bind a caller must pass, each by itself; nothing is flattened. In every rule null demands nothing; an
empty allow list allows nothing. Of two content actions on one find the stronger holds: BLOCK > REDACT > PSEUDONYMIZE > FLAG.
"""
type PolicyRules {
  region: RegionRule
  retention: RetentionRule
  models: ModelAccessRule
  content: [ContentRule!]
  budgets: [BudgetRule!]
  rateLimits: [RateLimitRule!]
  limits: RequestLimits
}
"Regions such as \\"eu\\", \\"us\\", \\"eu-west-1\\": what lies in an allowed one is allowed, by a table with its source (eu-west-2 is London); an unknown one lies only in itself."
type RegionRule {
  allow: [String!]
  deny: [String!]
  "End running streams that a new deny hits."
  cutStreams: Boolean!
}
type RetentionRule {
  "The most that a provider may keep. NONE is zero data retention; it also turns off the gateway's own caches and kept text."
  provider: Retention
  "With LIMITED: at most so many days."
  maxRetentionDays: Int
  allowTraining: Boolean
  "How long the gateway itself keeps prompts and answers. Without any rule it keeps none."
  gatewayContent: Duration
  "How long the gateway keeps usage facts, which hold no content."
  gatewayFacts: Duration
}
"Ids or patterns with *: \\"anthropic/*\\". Providers by id or vendor."
type ModelAccessRule {
  allow: [String!]
  deny: [String!]
  allowProviders: [String!]
  denyProviders: [String!]
  cutStreams: Boolean!
}
type ContentRule {
  "Detectors such as EMAIL, PHONE, PAYMENT_CARD, IBAN, US_SSN, API_KEY, or a group: PII, SECRET, ALL (PERSON and ADDRESS only by name)."
  detect: [String!]!
  "A pattern of the administrator's own, in RE2 syntax."
  pattern: String
  action: ContentAction!
  directions: [Direction!]!
  "What to do with images, audio and files that no detector can read."
  onUninspectable: UninspectableAction!
  "Further demands on the route once something was found."
  escalate: EscalationRule
}
enum ContentAction {
  "Refuse the request, or end the stream."
  BLOCK
  "Replace by the kind: [EMAIL]."
  REDACT
  "Replace by a placeholder that is turned back in the answer, so that the provider never sees the value."
  PSEUDONYMIZE
  "Only count it."
  FLAG
}
enum UninspectableAction {
  BLOCK
  ALLOW
}
type EscalationRule {
  regions: [String!]
  zeroDataRetention: Boolean!
  denyTraining: Boolean!
}
type BudgetRule {
  name: String!
  limit: Money!
  window: BudgetWindow!
  per: BudgetScope!
  "Sent to the provider where the caller set no limit, so that the worst case is known."
  defaultMaxOutputTokens: Int
}
"Calendar windows in UTC."
enum BudgetWindow {
  DAY
  WEEK
  MONTH
  TOTAL
}
"POLICY: one pot for all whom the policy binds."
enum BudgetScope {
  POLICY
  PROJECT
  API_KEY
  USER
}
"At least one of the two."
type RateLimitRule {
  requests: Count
  tokens: Count
  window: Duration!
  per: BudgetScope!
}
type RequestLimits {
  maxInputTokens: Int
  maxOutputTokens: Int
  maxCost: Money
}

type EffectivePolicy {
  contributions: [PolicyContribution!]!
  "Rule kinds in force that no installed rule enforces: requests are refused until that is mended."
  unenforceable: [RuleKind!]!
  budgets: [BudgetState!]!
}
"What one policy adds; without a policy it is set in this server's own code."
type PolicyContribution {
  policy: Policy
  revision: Int
  mode: PolicyMode!
  rules: PolicyRules!
}
enum RuleKind {
  REGION
  RETENTION
  MODELS
  CONTENT
  BUDGETS
  RATE_LIMITS
  LIMITS
}
type BudgetState {
  name: String!
  policy: Policy!
  limit: Money!
  spent: Money!
  reserved: Money!
  remaining: Money!
  "Beyond the limit, where a provider charged more than could be known before."
  overdrawn: Money!
  resetsAt: DateTime
}

input SubjectInput {
  project: ID
  apiKey: ID
  user: String
  role: AccessRole
  workload: String
}

input PolicyInput {
  name: String!
  description: String
  mode: PolicyMode! = ENFORCE
  appliesTo: [SubjectInput!]! = []
  rules: PolicyRulesInput!
}
input PolicyPatch {
  name: String
  description: String
  mode: PolicyMode
  appliesTo: [SubjectInput!]
  rules: PolicyRulesInput
}

input PolicyRulesInput {
  region: RegionRuleInput
  retention: RetentionRuleInput
  models: ModelAccessRuleInput
  content: [ContentRuleInput!]
  budgets: [BudgetRuleInput!]
  rateLimits: [RateLimitRuleInput!]
  limits: RequestLimitsInput
}
input RegionRuleInput {
  allow: [String!]
  deny: [String!]
  cutStreams: Boolean! = false
}
input RetentionRuleInput {
  provider: Retention
  maxRetentionDays: Int
  allowTraining: Boolean
  gatewayContent: Duration
  gatewayFacts: Duration
}
input ModelAccessRuleInput {
  allow: [String!]
  deny: [String!]
  allowProviders: [String!]
  denyProviders: [String!]
  cutStreams: Boolean! = false
}
input ContentRuleInput {
  detect: [String!]! = []
  pattern: String
  action: ContentAction!
  directions: [Direction!]! = [INPUT, OUTPUT]
  onUninspectable: UninspectableAction! = BLOCK
  escalate: EscalationRuleInput
}
input EscalationRuleInput {
  regions: [String!]
  zeroDataRetention: Boolean! = false
  denyTraining: Boolean! = false
}
input BudgetRuleInput {
  name: String!
  limit: Money!
  window: BudgetWindow!
  per: BudgetScope! = POLICY
  defaultMaxOutputTokens: Int
}
input RateLimitRuleInput {
  requests: Count
  tokens: Count
  window: Duration!
  per: BudgetScope! = API_KEY
}
input RequestLimitsInput {
  maxInputTokens: Int
  maxOutputTokens: Int
  maxCost: Money
}

type PolicyImpact {
  "Recorded requests in the window, and how many of them were judged (all, or a sample)."
  requests: Count!
  examined: Count!
  "Could not be judged, and why: content rules without kept content, for instance."
  notAssessable: [NotAssessable!]!
  refused: Count!
  rerouted: Count!
  costDelta: Money!
  affected(first: Int! = 50, after: String): ImpactGroupConnection!
  "Models that would be left with one endpoint or none."
  thinModels: [ThinModel!]!
}
type NotAssessable {
  reason: String!
  requests: Count!
}
type ImpactGroupConnection {
  edges: [ImpactGroupEdge!]!
  nodes: [ImpactGroup!]!
  pageInfo: PageInfo!
}
type ImpactGroupEdge {
  cursor: String!
  node: ImpactGroup!
}
type ImpactGroup {
  subject: Subject!
  requests: Count!
  refused: Count!
  rerouted: Count!
}
type ThinModel {
  model: Model!
  endpoints: Int!
}

type AuditConnection {
  edges: [AuditEdge!]!
  nodes: [AuditEntry!]!
  pageInfo: PageInfo!
}
type AuditEdge {
  cursor: String!
  node: AuditEntry!
}
type AuditEntry {
  id: ID!
  at: DateTime!
  actor: String!
  action: String!
  target: String!
  "Ids and settings, never names of people or content."
  change: JSON!
  hash: String!
  previousHash: String!
}

extend type Query {
  "What was used and what it cost. A member sees its own project, auditors and administrators all that they administer."
  usage(
    filter: UsageFilter
    groupBy: [UsageDimension!]! = []
    groupByLabels: [String!]! = []
    interval: UsageInterval
    orderBy: UsageOrder! = COST
    first: Int! = 100
  ): UsageReport!
  "The completions behind \`usage\`, newest first."
  completions(filter: UsageFilter, first: Int! = 50, after: String): CompletionConnection!
  "One bill over all providers for a calendar month (\\"2026-11\\")."
  statement(month: String!): Statement!
  "How much of the traffic hangs on one vendor, and what would happen without it."
  dependencyAudit(window: Duration! = "P30D"): DependencyAudit!
}
input UsageFilter {
  from: DateTime
  to: DateTime
  projects: [ID!]
  apiKeys: [ID!]
  users: [String!]
  models: [ID!]
  providers: [ID!]
  workloads: [String!]
  statuses: [CompletionStatus!]
  "All of them."
  labels: [LabelInput!]
}
enum UsageDimension {
  PROJECT
  API_KEY
  USER
  MODEL
  PROVIDER
  VENDOR
  REGION
  WORKLOAD
  STATUS
}
enum UsageInterval {
  MINUTE
  HOUR
  DAY
  WEEK
  MONTH
}
enum UsageOrder {
  COST
  REQUESTS
  OUTPUT_TOKENS
}
type UsageReport {
  total: UsageTotals!
  "The \`first\` largest groups; the rest is in \`others\`."
  groups: [UsageGroup!]!
  others: UsageTotals
  series: [UsagePoint!]!
}
type UsageGroup {
  keys: [UsageKey!]!
  project: Project
  model: Model
  provider: Provider
  total: UsageTotals!
  series: [UsagePoint!]!
}
type UsageKey {
  dimension: UsageDimension
  label: String
  value: String
}
type UsagePoint {
  at: DateTime!
  total: UsageTotals!
}
type UsageTotals {
  requests: Count!
  failures: Count!
  refusals: Count!
  inputTokens: Count!
  outputTokens: Count!
  reasoningTokens: Count!
  cachedInputTokens: Count!
  cacheWriteTokens: Count!
  cost: Money!
}
type CompletionConnection {
  edges: [CompletionEdge!]!
  nodes: [Completion!]!
  pageInfo: PageInfo!
}
type CompletionEdge {
  cursor: String!
  node: Completion!
}
type Statement {
  month: String!
  total: Money!
  lines(first: Int! = 100, after: String): StatementLineConnection!
  "The whole of it, as comma-separated values."
  csv: String!
}
type StatementLineConnection {
  edges: [StatementLineEdge!]!
  nodes: [StatementLine!]!
  pageInfo: PageInfo!
}
type StatementLineEdge {
  cursor: String!
  node: StatementLine!
}
type StatementLine {
  project: Project
  provider: Provider
  model: Model
  usage: UsageTotals!
}
type DependencyAudit {
  "Share of spend with an endpoint of a second vendor that the same policies allow. Null without traffic."
  coveredShare: Float
  vendors: [VendorDependency!]!
}
type VendorDependency {
  vendor: String!
  share: Float!
  "Requests of the window that no other allowed vendor could have answered."
  stranded: Count!
  "What the rest would have cost elsewhere, less what it did cost."
  failoverCostDelta: Money!
}`;
