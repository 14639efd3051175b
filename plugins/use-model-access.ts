import type { ModelAccessRule } from '../src/model/policy.ts';
import { modelAccess } from '../src/policy/rules/models.ts';
import { carryRule, settingsIn } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

/** What this server demands of everybody. Without any, it brings the enforcer alone, for what policies demand. */
export interface ModelAccessOptions extends GatewayOption, ModelAccessRule {}

/** Says which models and providers may be used; it binds aliases, fallbacks, `auto` and sessions too. */
export function useModelAccess({ gateway, ...rule }: ModelAccessOptions = {}): GovernancePlugin {
  return carryRule('useModelAccess', modelAccess(settingsIn(rule)), gateway);
}
