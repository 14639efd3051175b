import type { BudgetRule, PolicyRules, RateLimitRule, RuleKind } from '../model/policy.ts';
import type { ContentDemand } from '../privacy/content-demand.ts';
import type { Constraint } from './constraint.ts';

/** The member of PolicyRules that each kind of rule stands in. */
export const ruleMembers = {
  REGION: 'region',
  RETENTION: 'retention',
  MODELS: 'models',
  CONTENT: 'content',
  BUDGETS: 'budgets',
  RATE_LIMITS: 'rateLimits',
  LIMITS: 'limits',
} as const satisfies Record<RuleKind, keyof PolicyRules>;

/** The kinds of rules that stand in a policy. */
export function kindsOf(rules: PolicyRules): readonly RuleKind[] {
  const kinds = Object.keys(ruleMembers) as RuleKind[];
  return kinds.filter(kind => rules[ruleMembers[kind]] !== undefined);
}

/** What one kind of rule demands of a request, given one policy's settings. An absent member demands nothing. */
export interface Demands {
  /** What endpoints must satisfy. */
  readonly constraints?: readonly Constraint[];
  /** Of these, a running stream is ended when one that came into force meanwhile rejects its endpoint. */
  readonly cutting?: readonly Constraint[];
  /** False: nothing of the request may be stored where that can be prevented, at the provider or here. */
  readonly mayStore?: boolean;
  /** How long the gateway keeps prompts and answers, in milliseconds; the shortest of all policies holds. */
  readonly keepContentMs?: number;
  /** How long the gateway keeps the facts of a completion, in milliseconds; the shortest holds. */
  readonly keepFactsMs?: number;
  /** The highest output limit that is sent to a provider; the lowest holds. */
  readonly maxOutputTokens?: number;
  /** What is looked for in prompts and answers. */
  readonly content?: readonly ContentDemand[];
  /** Pots of money that the worst case of a request must fit. */
  readonly budgets?: readonly BudgetRule[];
  /** Requests and tokens in a window. */
  readonly rateLimits?: readonly RateLimitRule[];
  /** The output limit of a request whose caller set none; the lowest holds. */
  readonly defaultMaxOutputTokens?: number;
}

/**
 * An enforcer: the code that makes one kind of rule hold.
 *
 * Pure. A rule kind that is in force without its enforcer refuses the request.
 */
export interface Rule {
  readonly kind: RuleKind;
  /** Settings from this server's own code; they bind everybody, beside all policies. */
  readonly settings?: PolicyRules;
  /** Called only where `rules` holds a member of this kind. The same function, whatever the settings: it is then called once. */
  readonly demands: (rules: PolicyRules) => Demands;
}
