import type { PolicyDraft, PolicyFilter, PolicyPatch, RulesPatch } from '../../gateway/administration.ts';
import type { ContentRule, PolicyRules, Subject } from '../../model/policy.ts';
import type {
  ContentRuleInput,
  PolicyFilter as PolicyFilterInput,
  PolicyInput,
  PolicyPatch as PolicyPatchInput,
  PolicyRulesInput,
  SubjectInput,
} from '../resolvers.generated.ts';
import { given } from './check-input.ts';

/** As the administration takes it, which checks it. In a new policy null and absent are the same. */
export function readPolicyInput(input: PolicyInput): PolicyDraft {
  return {
    name: input.name,
    ...given('description', input.description),
    mode: input.mode ?? 'ENFORCE',
    appliesTo: (input.appliesTo ?? []).map(readSubject),
    rules: withoutNulls(readRules(input.rules)),
  };
}

/** In a patch null removes, and what is absent stays; that holds for the members of a rule as well. */
export function readPolicyPatch(patch: PolicyPatchInput): PolicyPatch {
  return {
    ...given('name', patch.name),
    ...(patch.description === undefined ? {} : { description: patch.description }),
    ...given('mode', patch.mode),
    ...(patch.appliesTo == null ? {} : { appliesTo: patch.appliesTo.map(readSubject) }),
    ...(patch.rules == null ? {} : { rules: readRules(patch.rules) }),
  };
}

export function readSubject({ project, apiKey, user, role, workload }: SubjectInput): Subject {
  return {
    ...given('projectId', project),
    ...given('apiKeyId', apiKey),
    ...given('user', user),
    ...given('role', role),
    ...given('workload', workload),
  };
}

export function readPolicyFilter(filter: PolicyFilterInput | null | undefined): PolicyFilter {
  if (filter == null) return {};
  const { search, project, mode } = filter;
  return { ...given('search', search), ...given('projectId', project), ...given('mode', mode) };
}

/** Rules by the names that the gateway has for their members; nulls stand where they were given. */
function readRules(rules: PolicyRulesInput): RulesPatch {
  const { region, retention, models, content, budgets, rateLimits, limits } = rules;
  const { gatewayContent, gatewayFacts, ...provider } = retention ?? {};
  return {
    ...(region === undefined ? {} : { region }),
    ...(models === undefined ? {} : { models }),
    ...(limits === undefined ? {} : { limits }),
    ...(retention === undefined
      ? {}
      : {
          retention:
            retention === null
              ? null
              : {
                  ...provider,
                  ...(gatewayContent === undefined ? {} : { gatewayContentMs: gatewayContent }),
                  ...(gatewayFacts === undefined ? {} : { gatewayFactsMs: gatewayFacts }),
                },
        }),
    ...(content === undefined ? {} : { content: content === null ? null : content.map(readContentRule) }),
    ...(budgets === undefined
      ? {}
      : {
          budgets:
            budgets === null
              ? null
              : budgets.map(({ defaultMaxOutputTokens, per = 'POLICY', ...budget }) => ({
                  ...budget,
                  per,
                  ...given('defaultMaxOutputTokens', defaultMaxOutputTokens),
                })),
        }),
    ...(rateLimits === undefined
      ? {}
      : {
          rateLimits:
            rateLimits === null
              ? null
              : rateLimits.map(({ requests, tokens, window, per = 'API_KEY' }) => ({
                  windowMs: window,
                  per,
                  ...given('requests', requests),
                  ...given('tokens', tokens),
                })),
        }),
  } as RulesPatch;
}

function readContentRule(rule: ContentRuleInput): ContentRule {
  const { detect = [], pattern, action, directions = ['INPUT', 'OUTPUT'], onUninspectable = 'BLOCK', escalate } = rule;
  return {
    detect,
    ...given('pattern', pattern),
    action,
    directions,
    onUninspectable,
    ...(escalate == null
      ? {}
      : {
          escalate: {
            ...given('regions', escalate.regions),
            zeroDataRetention: escalate.zeroDataRetention ?? false,
            denyTraining: escalate.denyTraining ?? false,
          },
        }),
  };
}

function withoutNulls(rules: RulesPatch): PolicyRules {
  const given = Object.entries(rules).filter(([, rule]) => rule !== null);
  return Object.fromEntries(
    given.map(([kind, rule]) => [kind, Array.isArray(rule) ? rule : membersOf(rule ?? {})]),
  ) as PolicyRules;
}

function membersOf(rule: object): object {
  return Object.fromEntries(Object.entries(rule).filter(([, member]) => member !== null && member !== undefined));
}
