import type { RetentionRule } from '../src/model/policy.ts';
import { retention } from '../src/policy/rules/retention.ts';
import { carryRule, settingsIn } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

/** What this server demands of everybody. Without any, it brings the enforcer alone, for what policies demand. */
export interface RetentionOptions extends GatewayOption, RetentionRule {}

/** Demands what providers may keep and train on, and says what the gateway itself keeps. */
export function useRetention({ gateway, ...rule }: RetentionOptions = {}): GovernancePlugin {
  return carryRule('useRetention', retention(settingsIn(rule)), gateway);
}
