import type { RateLimitRule } from '../src/model/policy.ts';
import { rateLimits } from '../src/policy/rules/rate-limits.ts';
import { carryRule } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

export interface RateLimitsOptions extends GatewayOption {
  /** Requests and tokens in a window; `per: 'POLICY'` is one for all of this server. Default: none, only the enforcer for what policies demand. */
  readonly rateLimits?: readonly RateLimitRule[];
}

/** Limits how many requests and tokens may go through in a window. */
export function useRateLimits({ gateway, rateLimits: rules }: RateLimitsOptions = {}): GovernancePlugin {
  return carryRule('useRateLimits', rateLimits(rules), gateway);
}
