import type { ContentRule } from '../src/model/policy.ts';
import { content } from '../src/policy/rules/content.ts';
import { carryRule } from './carry-rule.ts';
import type { GatewayOption, GovernancePlugin } from './part.ts';

/** One rule: what is looked for, and what is done with it. */
export type RedactionRule = Pick<ContentRule, 'detect'> & Partial<Omit<ContentRule, 'detect'>>;

export interface RedactionOptions extends GatewayOption {
  /**
   * What is looked for in everybody's prompts and answers. By default it is replaced, in both directions, and what no
   * detector can read is refused. Absent: the enforcer alone, for what policies demand.
   */
  readonly rules?: readonly RedactionRule[];
  /**
   * Fields of the server's own schema that content rules hold for as well, by coordinate: arguments (`Query.ask.q`), input
   * fields (`AskInput.text`) and output fields (`Answer.text`). Those with `@sensitive` need not be named.
   */
  readonly sensitive?: readonly string[];
}

/**
 * Looks for personal data and secrets in prompts and answers, streams included, before anybody else sees them; and in
 * sensitive fields of the server's own.
 *
 * A coordinate that the schema lacks stops the start.
 */
export function useRedaction({ gateway, rules, sensitive = [] }: RedactionOptions = {}): GovernancePlugin {
  return carryRule('useRedaction', content(rules?.map(withDefaults)), gateway, { sensitive });
}

/** The rule as it holds, with what was left out. */
export function withDefaults(rule: RedactionRule): ContentRule {
  return { action: 'REDACT', directions: ['INPUT', 'OUTPUT'], onUninspectable: 'BLOCK', ...rule };
}
