import { GatewayError } from '../../errors.ts';
import type { Resolvers } from '../resolvers.generated.ts';

/** The decision of the router. A policy that the caller may not see stays unnamed. */
export const routeResolvers = {
  Exclusion: {
    policy: ({ policy }, _, { governance }) =>
      policy === undefined ? undefined : governance.loaders.policy(policy.policyId),
    revision: ({ policy }) => policy?.revision,
  },
  ExclusionCount: {
    policy: ({ policy }, _, { governance }) =>
      policy === undefined ? undefined : governance.loaders.policy(policy.policyId),
  },
  LimitedBy: {
    policy: ({ policy }, _, { governance }) =>
      policy === undefined ? undefined : governance.loaders.policy(policy.policyId),
  },
  PolicyRef: {
    async policy({ policyId }, _, { governance }) {
      const policy = await governance.loaders.policy(policyId);
      if (policy === undefined)
        throw new GatewayError('NOT_FOUND', 'There is no such policy any more, or none that you may see.');
      return policy;
    },
  },
} satisfies Resolvers;
