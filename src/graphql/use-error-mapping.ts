import type { Plugin } from '@envelop/core';
import type { GraphQLError } from 'graphql';
import type { ErrorMapper } from './errors.ts';

/**
 * Sends what parsing and validation found wrong through the mapper: Yoga's own masking sees only what execution throws.
 */
export function useErrorMapping(mapError: ErrorMapper): Plugin {
  return {
    onParse() {
      return ({ result, replaceParseResult }) => {
        if (result instanceof Error) replaceParseResult(mapError(result));
      };
    },
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map(error => withBadRequest(mapError(error))));
      };
    },
  };
}

/** The status that the GraphQL over HTTP specification asks for. */
function withBadRequest(error: GraphQLError): GraphQLError {
  if (error.extensions.http !== undefined) return error;
  return Object.assign(error, { extensions: { ...error.extensions, http: { spec: true, status: 400 } } });
}
