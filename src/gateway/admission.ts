import type { CompletionError } from '../model/completion.ts';
import type { LimitedBy } from '../model/limited-by.ts';
import { formatDollars, maxNanoDollars, type NanoDollars } from '../model/money.ts';
import type { Principal } from '../model/principal.ts';
import { worstCaseCost } from '../model/worst-case.ts';
import type { Bound, Evaluation } from '../policy/evaluate.ts';
import { worstInputTokens } from '../policy/rules/budgets.ts';
import type { CandidateFacts, RequestNeeds } from '../routing/candidate.ts';
import { type CountedBudget, countedBudgets, countedRates } from './budget-levels.ts';
import type { RunParts } from './core.ts';
import { completionError } from './failure.ts';
import type { PlannedRequest } from './plan-request.ts';
import { type RateLimitLeft, type TakenRates, unlimited } from './rate-limiting.ts';

/** What was reserved for one attempt. */
export interface AdmittedAttempt {
  readonly amount: NanoDollars;
  /** All pots that it counts in, those under MONITOR too; empty where no budget binds. */
  readonly budgets: readonly CountedBudget[];
}

/** What one run takes of rates and budgets. */
export interface Admission {
  readonly left: readonly RateLimitLeft[];
  /** Takes one request and its tokens of every rate limit. @returns Why it may not. */
  begin(): Promise<CompletionError | undefined>;
  /**
   * Holds the worst case of what is left of the plan, for its next attempt.
   *
   * @param newest What is in force now: its budgets hold beside those that were pinned.
   * @param rest The endpoints that are still to be tried, the next one first.
   * @param needs What is asked of the next one.
   * @param factsOf What any node can book the attempt from.
   */
  hold(
    attemptId: string,
    at: number,
    newest: Evaluation,
    rest: readonly CandidateFacts[],
    needs: RequestNeeds,
    factsOf: (admitted: AdmittedAttempt) => string,
  ): Promise<AdmittedAttempt | { readonly error: CompletionError }>;
  /** The run is over: books the tokens that it used, and gives back the rest. Once; later calls do nothing. */
  end(tokens: number): void;
}

/**
 * Makes what takes from the limits that bind a caller.
 *
 * @param wouldRefuse Told of a rate limit under MONITOR that would have refused the request.
 */
export function createAdmission(
  parts: RunParts,
  principal: Principal,
  planned: PlannedRequest,
  wouldRefuse: (limitedBy: LimitedBy) => void,
): Admission {
  const { needs, evaluation } = planned;
  let taken: TakenRates = unlimited;
  let left: readonly RateLimitLeft[] = [];

  return {
    get left() {
      return left;
    },
    async begin() {
      const rates = countedRates(evaluation.rateLimits, principal);
      const result = await parts.rateLimiting.take(rates, needs.mostInputTokens + needs.maxOutputTokens);
      left = result.left;
      if ('error' in result) return result.error;
      taken = result;
      if (result.wouldRefuse !== undefined) wouldRefuse(result.wouldRefuse);
      return undefined;
    },
    async hold(attemptId, at, newest, rest, asked, factsOf) {
      const rules = newest === evaluation ? evaluation.budgets : withAdded(evaluation.budgets, newest.budgets);
      const budgets = countedBudgets(rules, principal, at);
      const enforced = budgets.filter(budget => budget.enforced);
      // Whichever of the plan's endpoints answers in the end, it fits; where no budget binds, only its own cost is of interest.
      const amount = worstOf(enforced.length === 0 ? rest.slice(0, 1) : rest, asked);
      const admitted = { amount, budgets };
      const result = await parts.reservations.reserve({
        id: attemptId,
        tenantId: principal.tenantId,
        amount,
        facts: () => factsOf(admitted),
        budgets,
      });
      if (result.isReserved) return admitted;
      const refusing = enforced.find(({ level }) => level.key === result.refusedBy);
      return { error: budgetExceeded(refusing, amount, result.remaining, parts.clock.now()) };
    },
    end(tokens) {
      const { correct } = taken;
      taken = unlimited;
      correct(tokens);
    },
  };
}

/** The dearest of the endpoints. */
function worstOf(rest: readonly CandidateFacts[], needs: RequestNeeds): NanoDollars {
  return rest.reduce((most, { endpoint }) => {
    const outputTokens = Math.min(needs.maxOutputTokens, endpoint.maxOutputTokens ?? needs.maxOutputTokens);
    const inputTokens = worstInputTokens(needs, endpoint) ?? needs.mostInputTokens;
    return maxNanoDollars(most, worstCaseCost(inputTokens, outputTokens, endpoint.price) ?? 0n);
  }, 0n);
}

/** What was pinned, and what other policies have come to demand; of one policy the newest limit holds. */
function withAdded<Rule>(pinned: readonly Bound<Rule>[], newest: readonly Bound<Rule>[]): readonly Bound<Rule>[] {
  const current = new Set(newest.map(({ policy }) => policy?.policyId));
  return [...pinned.filter(({ policy }) => !current.has(policy?.policyId)), ...newest];
}

function budgetExceeded(
  budget: CountedBudget | undefined,
  amount: NanoDollars,
  remaining: NanoDollars,
  now: number,
): CompletionError {
  if (budget === undefined) return completionError('BUDGET_EXCEEDED', 'A budget refuses the request.');
  const { level, name, per, policy } = budget;
  const { limit, resetsAt } = level;
  const needed = `It may cost ${formatDollars(amount)} dollars, and ${formatDollars(remaining)} of ${formatDollars(limit)} are left`;
  return {
    ...completionError(
      'BUDGET_EXCEEDED',
      `The budget "${name}" refuses the request. ${needed}.`,
      // What is beyond the whole limit never fits.
      resetsAt === undefined || amount > limit ? undefined : Math.max(0, resetsAt - now),
    ),
    limitedBy: {
      rule: 'BUDGETS',
      name,
      per,
      unit: 'DOLLARS',
      limit: formatDollars(limit),
      remaining: formatDollars(remaining),
      ...(policy === undefined ? {} : { policy }),
      ...(resetsAt === undefined ? {} : { resetsAt }),
    },
  };
}
