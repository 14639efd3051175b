import type { Resolvers } from '../resolvers.generated.ts';

/** What binds a caller. Here that is what is set in this server's own code, which names no policy. */
export const policyResolvers = {
  EffectivePolicy: {
    contributions: ({ contributions }) => contributions,
    unenforceable: ({ unenforceable }) => unenforceable,
    budgets: () => [],
  },
  PolicyContribution: {
    policy: () => undefined,
    revision: ({ policy }) => policy?.revision,
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
