import { GatewayError } from '../../errors.ts';
import { findModel } from '../catalogue/find-in-catalogue.ts';
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
    budgets: () => [],
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

/** The answer of an impact is made once and shown in parts. */
function placeAfter(cursor: string): number {
  if (/^\d{1,6}$/.test(cursor)) return Number(cursor) + 1;
  throw new GatewayError('BAD_USER_INPUT', 'after: is not a cursor of this list', { path: 'after' });
}
