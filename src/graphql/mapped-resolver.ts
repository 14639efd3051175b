import type { GraphQLError, GraphQLFieldResolver } from 'graphql';

/** Makes what a resolver threw into what a caller may see. */
export type MapError = (error: unknown) => GraphQLError;

/** The same resolver, with its faults mapped. */
export function mapping(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  mapError: MapError,
): GraphQLFieldResolver<unknown, unknown> {
  return (...given) => {
    try {
      const result = resolve(...given);
      return result instanceof Promise ? result.catch((error: unknown) => Promise.reject(mapError(error))) : result;
    } catch (error) {
      throw mapError(error);
    }
  };
}
