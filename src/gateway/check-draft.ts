import type { Catalog } from '../catalog/catalog.ts';
import { badInput, GatewayError } from '../errors.ts';
import { checkName } from '../model/name.ts';
import type { PolicyRules, RuleKind } from '../model/policy.ts';
import { checkRules } from '../policy/check-rules.ts';
import type { EndpointFacts } from '../policy/constraint.ts';
import { kindsOf } from '../policy/rule.ts';
import { type RuleWarning, warningsOf } from '../policy/rule-warnings.ts';
import { contentGap } from '../policy/rules/content.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { PolicyDraft } from './administration.ts';
import { checkSubjects } from './check-subjects.ts';

const longestDescription = 2_000;

/**
 * Checks a policy as it would be written.
 *
 * @param ownerId Whose it is; absent: the installation's.
 * @param enforceable The kinds of rules that have an enforcer.
 * @throws {GatewayError} BAD_USER_INPUT and POLICY_NOT_ENFORCEABLE, with the path.
 * @returns The draft with its name as it is kept.
 */
export async function checkDraft(
  access: AccessStore,
  draft: PolicyDraft,
  ownerId: string | undefined,
  enforceable: readonly RuleKind[],
): Promise<PolicyDraft> {
  const name = checkName(draft.name);
  if ((draft.description?.length ?? 0) > longestDescription) {
    throw badInput('description', `at most ${longestDescription} characters are allowed`);
  }
  checkRules(draft.rules);
  checkEnforceable(draft.rules, enforceable);
  await checkSubjects(access, draft.appliesTo, ownerId);
  return { ...draft, name };
}

const memberOfKind: Readonly<Partial<Record<RuleKind, string>>> = { BUDGETS: 'budgets', RATE_LIMITS: 'rateLimits' };

function checkEnforceable(rules: PolicyRules, enforceable: readonly RuleKind[]): void {
  for (const kind of kindsOf(rules)) {
    if (enforceable.includes(kind)) continue;
    throw notEnforceable(
      `rules.${memberOfKind[kind] ?? kind.toLowerCase()}`,
      'this gateway has no enforcer for the rule',
    );
  }
  for (const [index, rule] of (rules.content ?? []).entries()) {
    const gap = contentGap(rule);
    if (gap !== undefined) throw notEnforceable(`rules.content.${index}.${gap.path}`, gap.message);
  }
}

function notEnforceable(path: string, message: string): GatewayError {
  return new GatewayError('POLICY_NOT_ENFORCEABLE', `${path}: ${message}`, { path });
}

/** What is probably not meant, by the catalogue as it is now. */
export function draftWarnings(rules: PolicyRules, catalog: Catalog): readonly RuleWarning[] {
  return warningsOf(rules, catalogFacts(catalog));
}

/** Every endpoint that the catalogue knows. */
export function catalogFacts(catalog: Catalog): readonly EndpointFacts[] {
  return catalog.models.flatMap(model =>
    catalog.endpointsOf(model.id).flatMap(endpoint => {
      const provider = catalog.provider(endpoint.providerId);
      return provider === undefined ? [] : [{ endpoint, model, provider }];
    }),
  );
}
