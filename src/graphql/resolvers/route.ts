import { GatewayError } from '../../errors.ts';
import type { Resolvers } from '../resolvers.generated.ts';

/** The decision of the router. Its policies are named by id and revision. */
export const routeResolvers = {
  Exclusion: {
    policy: () => undefined,
    revision: ({ policy }) => policy?.revision,
  },
  ExclusionCount: {
    policy: () => undefined,
  },
  PolicyRef: {
    policy({ policyId }) {
      throw new GatewayError('NOT_FOUND', `There is no policy ${policyId}.`);
    },
  },
} satisfies Resolvers;
