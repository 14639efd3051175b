import type { RequestLimits } from '../src/model/policy.ts';
import { limits } from '../src/policy/rules/limits.ts';
import { carryRule, settingsIn } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

/** What this server allows everybody, in tokens and nano-dollars. Without any, it brings the enforcer alone, for what policies demand. */
export interface LimitsOptions extends GatewayOption, RequestLimits {}

/** Limits the tokens and the cost of one request. */
export function useLimits({ gateway, ...rule }: LimitsOptions = {}): GovernancePlugin {
  return carryRule('useLimits', limits(settingsIn(rule)), gateway);
}
