import type { Endpoint } from '../../model/catalog.ts';
import type { BudgetRule, PolicyRules } from '../../model/policy.ts';
import { worstCaseCost } from '../../model/worst-case.ts';
import type { Constraint, Rejection, RequestSize } from '../constraint.ts';
import type { Demands, Rule } from '../rule.ts';

/**
 * Keeps spending within budgets: the worst case of a request is reserved in all of them before a provider is called.
 *
 * With settings, everybody's; pots for all callers are then one across tenants.
 */
export function budgets(settings?: readonly BudgetRule[]): Rule {
  return {
    kind: 'BUDGETS',
    ...(settings === undefined ? {} : { settings: { budgets: settings } }),
    demands: budgetDemands,
  };
}

/**
 * The input that an endpoint may count at most. Media count up to its `maxMediaTokens`, and as data never less than what
 * was counted of them.
 *
 * @returns Undefined for media by URL where that is not known.
 */
export function worstInputTokens(
  { inputTokens, mostInputTokens = inputTokens, mediaByUrl = 0, mediaTokens = [] }: RequestSize,
  { maxMediaTokens }: Endpoint,
): number | undefined {
  if (maxMediaTokens === undefined) return mediaByUrl === 0 ? mostInputTokens : undefined;
  const more = mediaTokens.reduce((sum, counted) => sum + Math.max(0, maxMediaTokens - counted), 0);
  return mostInputTokens + more + mediaByUrl * maxMediaTokens;
}

/** Rejects endpoints at which nobody knows what a request may cost: no budget could hold there. */
const knownWorstCase: Constraint = {
  needsSize: true,
  rejects({ endpoint }, size): readonly Rejection[] {
    if (size === undefined) return [];
    const inputTokens = worstInputTokens(size, endpoint);
    if (inputTokens === undefined) {
      const detail = 'a budget binds, and what media by URL can cost here is not known (maxMediaTokens)';
      return [{ code: 'UNKNOWN_PRICE', detail }];
    }
    return worstCaseCost(inputTokens, size.maxOutputTokens, endpoint.price) === undefined
      ? [{ code: 'UNKNOWN_PRICE', detail: 'a budget binds, and its price is not known' }]
      : [];
  },
};

function budgetDemands({ budgets: rules = [] }: PolicyRules): Demands {
  if (rules.length === 0) return {};
  const defaults = rules.flatMap(({ defaultMaxOutputTokens }) => defaultMaxOutputTokens ?? []);
  return {
    budgets: rules,
    constraints: [knownWorstCase],
    ...(defaults.length === 0 ? {} : { defaultMaxOutputTokens: Math.min(...defaults) }),
  };
}
