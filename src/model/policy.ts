import type { Retention } from './catalog.ts';
import type { NanoDollars } from './money.ts';
import type { AccessRole } from './principal.ts';

export type PolicyMode = 'ENFORCE' | 'MONITOR' | 'DISABLED';
export type RuleKind = 'REGION' | 'RETENTION' | 'MODELS' | 'CONTENT' | 'BUDGETS' | 'RATE_LIMITS' | 'LIMITS';
export type BudgetScope = 'POLICY' | 'PROJECT' | 'API_KEY' | 'USER';

/** In every rule an absent member demands nothing; an empty allow list allows nothing. */
export interface RegionRule {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  /** End running streams that a new deny hits. Default false. */
  readonly cutStreams?: boolean;
}

export interface RetentionRule {
  /** The most that a provider may keep. */
  readonly provider?: Retention;
  /** With LIMITED: at most so many days. */
  readonly maxRetentionDays?: number;
  readonly allowTraining?: boolean;
  /** How long the gateway itself keeps prompts and answers; without any rule it keeps none. */
  readonly gatewayContentMs?: number;
  /** How long the gateway keeps usage facts. */
  readonly gatewayFactsMs?: number;
}

export type ContentAction = 'BLOCK' | 'REDACT' | 'PSEUDONYMIZE' | 'FLAG';
export type Direction = 'INPUT' | 'OUTPUT';

/** Ids or patterns with `*`; providers by id or vendor. */
export interface ModelAccessRule {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly allowProviders?: readonly string[];
  readonly denyProviders?: readonly string[];
  readonly cutStreams?: boolean;
}

export interface ContentRule {
  readonly detect: readonly string[];
  readonly pattern?: string;
  readonly action: ContentAction;
  readonly directions: readonly Direction[];
  readonly onUninspectable: 'BLOCK' | 'ALLOW';
  readonly escalate?: EscalationRule;
}

export interface EscalationRule {
  readonly regions?: readonly string[];
  readonly zeroDataRetention: boolean;
  readonly denyTraining: boolean;
}

export interface BudgetRule {
  readonly name: string;
  readonly limit: NanoDollars;
  readonly window: 'DAY' | 'WEEK' | 'MONTH' | 'TOTAL';
  readonly per: BudgetScope;
  readonly defaultMaxOutputTokens?: number;
}

export interface RateLimitRule {
  readonly requests?: number;
  readonly tokens?: number;
  readonly windowMs: number;
  readonly per: BudgetScope;
}

export interface RequestLimits {
  readonly maxInputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly maxCost?: NanoDollars;
}

export interface PolicyRules {
  readonly region?: RegionRule;
  readonly retention?: RetentionRule;
  readonly models?: ModelAccessRule;
  readonly content?: readonly ContentRule[];
  readonly budgets?: readonly BudgetRule[];
  readonly rateLimits?: readonly RateLimitRule[];
  readonly limits?: RequestLimits;
}

/** Members are AND-ed. */
export interface Subject {
  readonly projectId?: string;
  readonly apiKeyId?: string;
  readonly user?: string;
  readonly role?: AccessRole;
  readonly workload?: string;
}

/** What binds one caller: one policy's newest revision, or, without a policy, what is set in this server's own code. */
export interface PolicyContribution {
  readonly policy?: { readonly policyId: string; readonly revision: number };
  /** The project that the policy belongs to; absent: the installation. */
  readonly ownerId?: string;
  readonly mode: PolicyMode;
  readonly rules: PolicyRules;
}

/** Rules with subjects and a mode, as the newest revision has them. */
export interface Policy {
  /** A UUIDv7. */
  readonly id: string;
  /** The project whose callers, and those below it, it can bind at most: where its author administers. Absent: the whole installation. */
  readonly ownerId?: string;
  readonly name: string;
  readonly description?: string;
  readonly mode: PolicyMode;
  /** OR-ed; empty: everybody below its owner. */
  readonly appliesTo: readonly Subject[];
  readonly rules: PolicyRules;
  /** Counts from 1. */
  readonly revision: number;
  /** Milliseconds since the epoch, as all instants. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** As `actorOf` names principals. */
  readonly updatedBy: string;
}

/** What a policy was at one time; it never changes. */
export interface PolicyRevision {
  readonly policyId: string;
  readonly revision: number;
  readonly at: number;
  readonly by: string;
  readonly mode: PolicyMode;
  readonly appliesTo: readonly Subject[];
  readonly rules: PolicyRules;
}
