/**
 * Tollgate inside a program of one's own.
 *
 * ```ts
 * import { cwd, env } from 'node:process';
 * import { createGateway, loadConfig, region, retention } from 'tollgate';
 *
 * const config = loadConfig({ env, cwd: cwd() });
 * const gateway = await createGateway({ config, rules: [region({ allow: ['eu'] }), retention()] });
 * ```
 */

/** What is known of models, the providers that serve them, and the endpoints between the two. */
export type { Catalog } from './catalog/catalog.ts';
/** Reads and checks environment and `tollgate.yaml`, as `docs/configuration.md` says. */
export { type Config, type LoadConfigOptions, loadConfig, type Secret } from './config.ts';
/** Opens a gateway: state, identity, catalogue, providers and the one gate over them. Who opens it closes it. */
export {
  type CreateGatewayOptions,
  createGateway,
  defaultRules,
  type OpenGateway,
} from './create-gateway.ts';
/** A fault that a caller may see, with its code from one closed set; the meaning of each: `docs/errors.md`. */
/** A setting that stops the start, in one line. */
export {
  ConfigError,
  type ErrorCode,
  errorCodes,
  GatewayError,
  type GatewayErrorOptions,
  isRetryableCode,
} from './errors.ts';
/** Policies, audit log and kept text, as `OpenGateway.administration` has them. */
export type {
  Administration,
  AuditReading,
  ContentAdministration,
  PolicyAdministration,
  PolicyDraft,
  PolicyImpact,
  PolicyPatch,
  PolicyResult,
} from './gateway/administration.ts';
/** Where the policies that bind a caller come from; `noPolicies`: from nowhere. */
export { noPolicies, type PolicySource } from './gateway/core.ts';
/** The gate itself: every completion goes through `run`. */
export type { CompletionRun, EffectivePolicy, Gateway, RunOptions } from './gateway/gateway.ts';
/** Watches runs, for logs and figures of one's own; facts only, no content. */
export type { GatewayObserver, RunObserver } from './gateway/observer.ts';
export type { GatewayEvents } from './gateway-jobs.ts';
export type { DrainOptions } from './http/server.ts';
/** Holds a Yoga that is served by itself to what this package's own server takes. */
export { type AcceptedOperationsOptions, useAcceptedOperations } from './http/use-accepted-operations.ts';
export type { AccessControl } from './identity/access-control.ts';
/** What `GatewayObserver.alerted` is told. */
export type { Alert, BudgetAlert, CredentialAlert, LedgerAlert } from './model/alert.ts';
export type { AuditEntry } from './model/audit.ts';
export type { DataPolicy, Endpoint, Model, Price, Provider } from './model/catalog.ts';
/** What comes of it: events while it runs, and the completion in the last of them. */
export type {
  Answer,
  Attempt,
  Completion,
  CompletionError,
  CompletionEvent,
  CompletionStatus,
  FinishReason,
  ToolCall,
} from './model/completion.ts';
/** What is asked. */
export type {
  CompletionRequest,
  Prompt,
  PromptMessage,
  PromptPart,
  Reasoning,
  ResponseFormat,
  RoutingPreferences,
  Tool,
  ToolChoice,
} from './model/completion-request.ts';
export type { EndpointHealth } from './model/health.ts';
/** Exact amounts: nano-dollars as `bigint`, and decimal dollars as text. */
export { formatDollars, type NanoDollars, parseDollars } from './model/money.ts';
export type {
  ContentRule,
  ModelAccessRule,
  Policy,
  PolicyContribution,
  PolicyMode,
  PolicyRevision,
  PolicyRules,
  RegionRule,
  RequestLimits,
  RetentionRule,
  RuleKind,
  Subject,
} from './model/policy.ts';
/** Who asks; made by `gateway.access`, from a key or a token. */
export type { AccessRole, Principal, RoleGrant } from './model/principal.ts';
export type { ApiKey, Project } from './model/project.ts';
export type { Candidate, Exclusion, ExclusionCode, RouteDecision } from './model/route.ts';
export type { TokenCounts, TokenUsage } from './model/usage.ts';
export type { Constraint, EndpointFacts, Rejection } from './policy/constraint.ts';
/** What an enforcer of one's own is made of: `docs/adding-a-rule.md`. */
export type { Demands, Rule } from './policy/rule.ts';
/** Looks for personal data and secrets; with settings, in everybody's prompts and answers. */
export { content } from './policy/rules/content.ts';
/** Limits single requests; with settings, everybody's. */
export { limits } from './policy/rules/limits.ts';
/** Says which models and providers may be used; with settings, by everybody. */
export { modelAccess } from './policy/rules/models.ts';
/** Keeps completions inside regions; with settings, for everybody. */
export { region } from './policy/rules/region.ts';
/** Demands what providers may keep and train on; with settings, for everybody. */
export { retention } from './policy/rules/retention.ts';
/** A provider simulator on loopback that speaks every wire protocol, for tests: `docs/sandbox.md`. */
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox/start-sandbox.ts';
/** Starts all that `tollgate serve` is, without its signals and its terminal. It takes the state folder's lock. */
export { type RunningServer, type StartServerOptions, startServer } from './start-server.ts';
/** A push stream with one reader: `pipe` a sink to it, or iterate over its batches. */
export type { EventStream, Sink } from './stream/event-stream.ts';
