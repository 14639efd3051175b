import type { Endpoint } from '../../model/catalog.ts';
import { formatDollars, type NanoDollars } from '../../model/money.ts';
import type { PolicyRules, RequestLimits } from '../../model/policy.ts';
import { worstCaseCost } from '../../model/worst-case.ts';
import type { Constraint, Rejection, RequestSize } from '../constraint.ts';
import type { Demands, Rule } from '../rule.ts';
import { worstInputTokens } from './budgets.ts';

/** Rejects what is too long to be asked, and endpoints where the answer could cost too much or has no known price. */
export function sizeConstraint({ maxInputTokens, maxCost }: RequestLimits): Constraint {
  return {
    needsSize: true,
    rejects({ endpoint }, size) {
      if (size === undefined) return [];
      const rejections: Rejection[] = [];
      if (maxInputTokens !== undefined && size.inputTokens > maxInputTokens) {
        const detail = `about ${size.inputTokens} input tokens, at most ${maxInputTokens} are allowed`;
        rejections.push({ code: 'CONTEXT_LENGTH', detail });
      }
      if (maxCost !== undefined) {
        const cost = costAt(endpoint, size);
        if (cost === undefined) {
          rejections.push({
            code: 'UNKNOWN_PRICE',
            detail: 'no limit of cost can hold without a known price, and maxMediaTokens for media by URL',
          });
        } else if (cost > maxCost) {
          const detail = `could cost ${formatDollars(cost)} dollars, at most ${formatDollars(maxCost)} are allowed`;
          rejections.push({ code: 'MAX_PRICE', detail });
        }
      }
      return rejections;
    },
  };
}

/**
 * Limits the tokens and the cost of one request; with settings, of everybody's.
 *
 * `maxOutputTokens` is a ceiling: what a caller asks for beyond it is not refused, but never sent.
 */
export function limits(settings?: RequestLimits): Rule {
  return {
    kind: 'LIMITS',
    ...(settings === undefined ? {} : { settings: { limits: settings } }),
    demands: limitDemands,
  };
}

/** Many policies may limit the cost of one request: it is worked out once for each endpoint. */
const costs = new WeakMap<RequestSize, Map<Endpoint, NanoDollars | undefined>>();

function costAt(endpoint: Endpoint, size: RequestSize): NanoDollars | undefined {
  let known = costs.get(size);
  if (known === undefined) {
    known = new Map();
    costs.set(size, known);
  }
  if (!known.has(endpoint)) {
    known.set(endpoint, worstOf(size, endpoint));
  }
  return known.get(endpoint);
}

function worstOf(size: RequestSize, endpoint: Endpoint): NanoDollars | undefined {
  const inputTokens = worstInputTokens(size, endpoint);
  return inputTokens === undefined ? undefined : worstCaseCost(inputTokens, size.maxOutputTokens, endpoint.price);
}

function limitDemands({ limits: rule }: PolicyRules): Demands {
  if (rule === undefined) return {};
  return {
    constraints: [sizeConstraint(rule)],
    ...(rule.maxOutputTokens === undefined ? {} : { maxOutputTokens: rule.maxOutputTokens }),
  };
}
