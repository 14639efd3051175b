import type { RegionRule } from '../src/model/policy.ts';
import { region } from '../src/policy/rules/region.ts';
import { carryRule, settingsIn } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

/** What this server demands of everybody. Without any, it brings the enforcer alone, for what policies demand. */
export interface RegionOptions extends GatewayOption, RegionRule {}

/** Keeps every completion inside the allowed regions, for every model, present and future. */
export function useRegion({ gateway, ...rule }: RegionOptions = {}): GovernancePlugin {
  return carryRule('useRegion', region(settingsIn(rule)), gateway);
}
