import { GatewayError } from '../../errors.ts';
import type { CountedBudget } from '../../gateway/budget-levels.ts';
import { findModel } from '../catalogue/find-in-catalogue.ts';
import type { Governance } from '../context.ts';
import { connectionOf, readPage } from '../paging.ts';
import type { Resolvers } from '../resolvers.generated.ts';
import { administrationOf } from './policy-administration.ts';

/** Policies and what they say. */
export const policyResolvers = {
  Policy: {
    async revisions({ id }, listing, { governance }) {
      const page = readPage(listing);
      const { policies } = administrationOf(governance);
      return connectionOf(await policies.revisions(await governance.principal(), id, page), page);
    },
  },
  Subject: {
    project: ({ projectId }, _, { governance }) =>
      projectId === undefined ? undefined : governance.loaders.project(projectId),
    apiKey: ({ apiKeyId }, _, { governance }) =>
      apiKeyId === undefined ? undefined : governance.loaders.apiKey(apiKeyId),
  },
  EffectivePolicy: {
    contributions: ({ contributions }) => contributions,
    unenforceable: ({ unenforceable }) => unenforceable,
    budgets: async ({ budgets }, _, { governance }) => await budgetStates(budgets, governance),
  },
  PolicyContribution: {
    policy: ({ policy }, _, { governance }) =>
      policy === undefined ? undefined : governance.loaders.policy(policy.policyId),
    revision: ({ policy }) => policy?.revision,
  },
  PolicyImpact: {
    affected({ groups }, listing) {
      const page = readPage(listing);
      const from = page.after === undefined ? 0 : placeAfter(page.after);
      const entries = groups
        .slice(from, from + page.first)
        .map((node, index) => ({ cursor: String(from + index), node }));
      return connectionOf({ entries, hasNextPage: groups.length > from + page.first }, page);
    },
  },
  ThinModel: {
    model: ({ modelId }, _, { governance }) => findModel(governance.gateway.catalog, modelId),
  },
  RegionRule: {
    cutStreams: ({ cutStreams = false }) => cutStreams,
  },
  ModelAccessRule: {
    cutStreams: ({ cutStreams = false }) => cutStreams,
  },
  RetentionRule: {
    gatewayContent: ({ gatewayContentMs }) => gatewayContentMs,
    gatewayFacts: ({ gatewayFactsMs }) => gatewayFactsMs,
  },
  RateLimitRule: {
    window: ({ windowMs }) => windowMs,
  },
} satisfies Resolvers;

/** Budgets of policies that the caller may see; what is set in the server's own code belongs to none. */
async function budgetStates(budgets: readonly CountedBudget[], { gateway, loaders }: Governance) {
  const policies = await Promise.all(
    budgets.map(({ policy }) => (policy === undefined ? undefined : loaders.policy(policy.policyId))),
  );
  const shown = budgets.flatMap((budget, index) => {
    const policy = policies[index];
    return policy === undefined || policy === null ? [] : [{ budget, policy }];
  });
  if (shown.length === 0) return [];
  const states = await gateway.budgetStates(shown.map(({ budget }) => budget));
  return shown.map(({ budget: { name, level }, policy }, index) => {
    const { spent = 0n, reserved = 0n } = states[index] ?? {};
    const left = level.limit - spent - reserved;
    return {
      name,
      policy,
      limit: level.limit,
      spent,
      reserved,
      remaining: left > 0n ? left : 0n,
      overdrawn: spent > level.limit ? spent - level.limit : 0n,
      resetsAt: level.resetsAt,
    };
  });
}

/** The answer of an impact is made once and shown in parts. */
function placeAfter(cursor: string): number {
  if (/^\d{1,6}$/.test(cursor)) return Number(cursor) + 1;
  throw new GatewayError('BAD_USER_INPUT', 'after: is not a cursor of this list', { path: 'after' });
}
