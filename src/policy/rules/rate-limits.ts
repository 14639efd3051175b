import type { PolicyRules, RateLimitRule } from '../../model/policy.ts';
import type { Demands, Rule } from '../rule.ts';

/** Limits requests and tokens in a window; with settings, everybody's, where limits for all callers are one across tenants. */
export function rateLimits(settings?: readonly RateLimitRule[]): Rule {
  return {
    kind: 'RATE_LIMITS',
    ...(settings === undefined ? {} : { settings: { rateLimits: settings } }),
    demands: rateLimitDemands,
  };
}

function rateLimitDemands({ rateLimits: rules = [] }: PolicyRules): Demands {
  return rules.length === 0 ? {} : { rateLimits: rules };
}
