import { badInput } from '../errors.ts';
import { checkName } from '../model/name.ts';
import type { BudgetRule, ContentRule, PolicyRules, RateLimitRule } from '../model/policy.ts';
import { kindsOf } from './rule.ts';

const mostEntries = 500;
const longestEntry = 200;
const mostRulesOfAKind = 50;
const mostRetentionDays = 36_500;
/** A billion dollars, in nano-dollars: what the counters hold exactly. */
const mostBudget = 1_000_000_000_000_000_000n;
const mostInWindow = 1_000_000_000_000;
const shortestWindowMs = 1_000;
const longestWindowMs = 31 * 86_400_000;

/**
 * Checks what an administrator writes.
 *
 * @param path Where the rules stand in the input; paths in errors begin with it.
 * @throws {GatewayError} BAD_USER_INPUT with the path: a rule that demands nothing, or a value that makes no sense.
 */
export function checkRules(rules: PolicyRules, path = 'rules'): void {
  const { region, retention, models, content, budgets, rateLimits, limits } = rules;
  if (kindsOf(rules).length === 0) throw badInput(path, 'at least one rule is needed');
  if (region !== undefined) {
    const { allow, deny } = region;
    demandSomething(`${path}.region`, [allow, filled(deny)]);
    checkLists(`${path}.region`, { allow, deny });
  }
  if (models !== undefined) {
    const { allow, deny, allowProviders, denyProviders } = models;
    demandSomething(`${path}.models`, [allow, filled(deny), allowProviders, filled(denyProviders)]);
    checkLists(`${path}.models`, { allow, deny, allowProviders, denyProviders });
  }
  if (retention !== undefined) checkRetention(retention, `${path}.retention`);
  if (content !== undefined) {
    checkCount(content, `${path}.content`);
    for (const [index, rule] of content.entries()) checkContent(rule, `${path}.content.${index}`);
  }
  if (budgets !== undefined) checkBudgets(budgets, `${path}.budgets`);
  if (rateLimits !== undefined) {
    checkCount(rateLimits, `${path}.rateLimits`);
    for (const [index, rule] of rateLimits.entries()) checkRateLimit(rule, `${path}.rateLimits.${index}`);
  }
  if (limits !== undefined) {
    const { maxInputTokens, maxOutputTokens, maxCost } = limits;
    demandSomething(`${path}.limits`, [maxInputTokens, maxOutputTokens, maxCost]);
    checkWhole(maxInputTokens, `${path}.limits.maxInputTokens`);
    checkWhole(maxOutputTokens, `${path}.limits.maxOutputTokens`);
    if (maxCost !== undefined && maxCost < 0n) throw badInput(`${path}.limits.maxCost`, 'must not be below zero');
  }
}

function checkRetention(rule: NonNullable<PolicyRules['retention']>, path: string): void {
  const { provider, maxRetentionDays, allowTraining, gatewayContentMs, gatewayFactsMs } = rule;
  // That training is allowed, or that a provider may keep what it likes, demands nothing.
  const demanded = provider === 'INDEFINITE' || provider === 'UNKNOWN' ? undefined : provider;
  const training = allowTraining === true ? undefined : allowTraining;
  demandSomething(path, [demanded, maxRetentionDays, training, gatewayContentMs, gatewayFactsMs]);
  if (provider === 'UNKNOWN') throw badInput(`${path}.provider`, 'a known retention is needed');
  if (maxRetentionDays !== undefined) {
    const isDays = Number.isSafeInteger(maxRetentionDays) && maxRetentionDays >= 0;
    if (!isDays || maxRetentionDays > mostRetentionDays) {
      throw badInput(`${path}.maxRetentionDays`, `must be a whole number from 0 to ${mostRetentionDays}`);
    }
  }
  for (const [name, durationMs] of [
    ['gatewayContent', gatewayContentMs],
    ['gatewayFacts', gatewayFactsMs],
  ] as const) {
    if (durationMs !== undefined && durationMs <= 0) throw badInput(`${path}.${name}`, 'must be longer than nothing');
  }
  if ((provider === 'NONE' || maxRetentionDays === 0) && gatewayContentMs !== undefined) {
    throw badInput(`${path}.gatewayContent`, 'nothing is kept under zero data retention');
  }
}

function checkBudgets(rules: readonly BudgetRule[], path: string): void {
  checkCount(rules, path);
  const names = new Set<string>();
  for (const [index, { name, limit, defaultMaxOutputTokens }] of rules.entries()) {
    const place = `${path}.${index}`;
    checkName(name, `${place}.name`);
    if (names.has(name)) throw badInput(`${place}.name`, 'is there twice');
    names.add(name);
    if (limit < 0n || limit > mostBudget) throw badInput(`${place}.limit`, 'must be from 0 to 1000000000 dollars');
    checkWhole(defaultMaxOutputTokens, `${place}.defaultMaxOutputTokens`);
    if (defaultMaxOutputTokens !== undefined && (defaultMaxOutputTokens < 1 || defaultMaxOutputTokens > 10_000_000)) {
      throw badInput(`${place}.defaultMaxOutputTokens`, 'must be from 1 to 10000000');
    }
  }
}

function checkRateLimit({ requests, tokens, windowMs }: RateLimitRule, path: string): void {
  demandSomething(path, [requests, tokens]);
  for (const [name, limit] of Object.entries({ requests, tokens })) {
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= mostInWindow)) {
      throw badInput(`${path}.${name}`, `must be a whole number from 1 to ${mostInWindow}`);
    }
  }
  if (!(windowMs >= shortestWindowMs && windowMs <= longestWindowMs)) {
    throw badInput(`${path}.window`, 'must be from PT1S to P31D');
  }
}

function checkContent({ detect, pattern, directions, escalate }: ContentRule, path: string): void {
  if (detect.length === 0 && pattern === undefined) throw badInput(`${path}.detect`, 'at least one detector is needed');
  if (directions.length === 0) throw badInput(`${path}.directions`, 'at least one direction is needed');
  checkLists(path, { detect });
  if (escalate === undefined) return;
  const { regions, zeroDataRetention, denyTraining } = escalate;
  demandSomething(`${path}.escalate`, [regions, zeroDataRetention || undefined, denyTraining || undefined]);
  checkLists(`${path}.escalate`, { regions });
}

/** An empty deny list denies nothing. */
function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.length === 0 ? undefined : list;
}

function demandSomething(path: string, members: readonly unknown[]): void {
  if (members.every(member => member === undefined)) throw badInput(path, 'the rule demands nothing');
}

function checkLists(path: string, lists: Readonly<Record<string, readonly string[] | undefined>>): void {
  for (const [name, entries = []] of Object.entries(lists)) {
    if (entries.length > mostEntries) throw badInput(`${path}.${name}`, `at most ${mostEntries} entries are allowed`);
    for (const [index, entry] of entries.entries()) {
      const isGood = entry.length <= longestEntry && /^[^\s\p{Cc}]+$/u.test(entry);
      if (!isGood) {
        throw badInput(`${path}.${name}.${index}`, `must be 1 to ${longestEntry} characters without blanks`);
      }
    }
  }
}

function checkCount(rules: readonly unknown[], path: string): void {
  if (rules.length === 0) throw badInput(path, 'the rule demands nothing');
  if (rules.length > mostRulesOfAKind) throw badInput(path, `at most ${mostRulesOfAKind} rules are allowed`);
}

function checkWhole(value: number | undefined, path: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw badInput(path, 'must be a whole number from 1 on');
}
