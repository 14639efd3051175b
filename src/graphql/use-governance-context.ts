import type { Plugin } from 'graphql-yoga';
import type { Governance, GraphQLContext } from './context.ts';

/**
 * Puts `governance` into the context of every operation.
 *
 * It stands there before the plugins behind this one build on it, and once more at the end, so that nothing of the same
 * name takes its place.
 */
export function useGovernanceContext<Context extends object>(
  governanceOf: (context: Context) => Governance,
): Plugin<GraphQLContext> {
  return {
    onContextBuilding({ context, extendContext }) {
      const governance = governanceOf(context as unknown as Context);
      extendContext({ governance });
      return () => extendContext({ governance });
    },
  };
}
