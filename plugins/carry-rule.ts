import { checkRules } from '../src/policy/check-rules.ts';
import type { Rule } from '../src/policy/rule.ts';
import { carry, type EmbeddedGateway, type GovernancePlugin, type Part } from './part.ts';

/**
 * Makes the plugin that brings a rule to its server.
 *
 * @param plugin The name of its function, for messages.
 * @param further What else it brings.
 * @throws {TypeError} Where the settings demand nothing, or cannot be enforced.
 */
export function carryRule(
  plugin: string,
  rule: Rule,
  gateway: EmbeddedGateway | undefined,
  further: Pick<Part, 'sensitive'> = {},
): GovernancePlugin {
  checkSettings(plugin, [rule]);
  return carry({ plugin, ...(gateway === undefined ? {} : { gateway }), rules: [rule], ...further });
}

/**
 * Tries the settings of rules before any request does.
 *
 * @throws {TypeError} Where they demand nothing, or cannot be enforced.
 */
export function checkSettings(plugin: string, rules: readonly Rule[]): void {
  for (const { settings, demands } of rules) {
    if (settings === undefined) continue;
    try {
      checkRules(settings, plugin);
      demands(settings);
    } catch (cause) {
      throw new TypeError(cause instanceof Error ? cause.message : `${plugin}: cannot be enforced`, { cause });
    }
  }
}

/** The settings of a rule; undefined where none was given, which leaves the enforcer for what policies demand. */
export function settingsIn<Settings extends object>(given: Settings): Settings | undefined {
  return Object.keys(given).length === 0 ? undefined : given;
}
