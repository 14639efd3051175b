import type { AuditEntry } from '../model/audit.ts';
import type { NanoDollars } from '../model/money.ts';
import type { Policy, PolicyMode, PolicyRevision, PolicyRules, Subject } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { ContentHold, KeptContent } from '../stores/content-store.ts';
import type { Page, PageRequest } from '../stores/page.ts';
import type { EventStream } from '../stream/event-stream.ts';

/** A policy as an administrator writes it. */
export interface PolicyDraft {
  readonly name: string;
  readonly description?: string;
  readonly mode: PolicyMode;
  readonly appliesTo: readonly Subject[];
  readonly rules: PolicyRules;
}

/** Rules that are merged into what stands: what is absent stays, null removes; so do the members of a rule that is no list. */
export type RulesPatch = {
  readonly [Kind in keyof PolicyRules]?: NonNullable<PolicyRules[Kind]> extends readonly unknown[]
    ? PolicyRules[Kind] | null
    : MemberPatch<NonNullable<PolicyRules[Kind]>> | null;
};

export type MemberPatch<Rule> = { readonly [Member in keyof Rule]?: Rule[Member] | null };

/** What changes; what is absent stays. */
export interface PolicyPatch {
  readonly name?: string;
  readonly description?: string | null;
  readonly mode?: PolicyMode;
  readonly appliesTo?: readonly Subject[];
  readonly rules?: RulesPatch;
}

/** Something in a policy that does no harm, but probably not what was meant: a pattern that matches nothing. */
export interface PolicyWarning {
  /** `rules.models.allow.0` */
  readonly path: string;
  readonly message: string;
}

export interface PolicyResult {
  readonly policy: Policy;
  readonly warnings: readonly PolicyWarning[];
  /** The nodes that have it in force. */
  readonly appliedNodes: readonly string[];
  /** The nodes that do not yet. */
  readonly pendingNodes: readonly string[];
}

export interface PolicyFilter {
  /** Part of the name or the description, without regard to case. */
  readonly search?: string;
  /** Policies that bind, or can bind, callers of this project. */
  readonly projectId?: string;
  readonly mode?: PolicyMode;
}

/** What a draft would have done to the recorded requests of a window. */
export interface PolicyImpact {
  readonly requests: number;
  /** How many of them were judged. */
  readonly examined: number;
  readonly notAssessable: readonly { readonly reason: string; readonly requests: number }[];
  readonly refused: number;
  readonly rerouted: number;
  readonly costDelta: NanoDollars;
  /** The most affected first. */
  readonly groups: readonly ImpactGroup[];
  readonly thinModels: readonly ThinModel[];
}

/** A model that would be left with one endpoint or none. */
export interface ThinModel {
  readonly modelId: string;
  readonly endpoints: number;
}

export interface ImpactGroup {
  readonly subject: Subject;
  readonly requests: number;
  readonly refused: number;
  readonly rerouted: number;
}

/**
 * Writing and reading policies.
 *
 * Auditors see, and administrators write, what belongs to the projects that they hold the role in; who is bound by a
 * policy may see it too, with those of its subjects alone that match. What others own does not exist for them.
 *
 * @throws {GatewayError} BAD_USER_INPUT (with the path), FORBIDDEN, NOT_FOUND, CONFLICT (`expectedRevision` is not the
 * newest), POLICY_NOT_ENFORCEABLE (with the path: a rule kind or detector that this gateway does not have), STORE_UNAVAILABLE.
 */
export interface PolicyAdministration {
  create(by: Principal, draft: PolicyDraft): Promise<PolicyResult>;
  update(by: Principal, id: string, patch: PolicyPatch, expectedRevision: number): Promise<PolicyResult>;
  delete(by: Principal, id: string, expectedRevision: number): Promise<PolicyResult>;
  /** Makes the rules, subjects and mode of an earlier revision the newest ones. */
  restore(by: Principal, id: string, revision: number, expectedRevision: number): Promise<PolicyResult>;
  /** In the order of the ids; undefined where there is none that the principal may see. */
  policies(by: Principal, ids: readonly string[]): Promise<readonly (Policy | undefined)[]>;
  /** By id, rising: the oldest first. */
  list(by: Principal, filter: PolicyFilter, page: PageRequest): Promise<Page<Policy>>;
  /** Newest first. */
  revisions(by: Principal, policyId: string, page: PageRequest): Promise<Page<PolicyRevision>>;
  /** The principal that a subject stands for, in order to see what binds it. FORBIDDEN without AUDITOR in its project. */
  principalOf(by: Principal, subject: Subject): Promise<Principal>;
  /** @param replaces The policy that the draft would take the place of. */
  impact(by: Principal, draft: PolicyDraft, replaces: string | undefined, windowMs: number): Promise<PolicyImpact>;
  /** Every change of a policy that the principal may see, as its newest revision, until its reader leaves or its credential ends. */
  changes(by: Principal): EventStream<Policy>;
}

/** Reading the audit log: auditors of a tenant its entries, those of the installation all. */
export interface AuditReading {
  /** Newest first. @throws {GatewayError} FORBIDDEN, STORE_UNAVAILABLE. */
  list(by: Principal, page: PageRequest): Promise<Page<AuditEntry>>;
}

/** Where text is kept: what became of it. Administrators only, and every act is in the audit log. */
export interface ContentAdministration {
  /**
   * The content of completions that the principal itself began, or whose projects it audits; each reading is written
   * to the audit log before it is answered. In the order of the ids.
   */
  contents(by: Principal, completionIds: readonly string[]): Promise<readonly (KeptContent | undefined)[]>;
  erase(by: Principal, user: string): Promise<{ readonly erased: number; readonly held: number }>;
  addHold(by: Principal, hold: { readonly projectId?: string; readonly user?: string }): Promise<ContentHold>;
  removeHold(by: Principal, id: string): Promise<void>;
  holds(by: Principal): Promise<readonly ContentHold[]>;
}

/** What an installation with a policy store offers beside completions. */
export interface Administration {
  readonly policies: PolicyAdministration;
  readonly audit: AuditReading;
  readonly content: ContentAdministration;
}
