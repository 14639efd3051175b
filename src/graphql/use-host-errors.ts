import { mapAsyncIterator, type Plugin } from '@envelop/core';
import type { ExecutionResult } from 'graphql';
import type { ErrorMapper } from './errors.ts';

/**
 * Sends every error of a host's server through the mapper, wherever the plugin stands in the list: what execution finds
 * is mapped before any other plugin sees the result.
 */
export function useHostErrors(mapError: ErrorMapper): Plugin {
  return {
    onParse() {
      return ({ result, replaceParseResult }) => {
        if (result instanceof Error) replaceParseResult(mapError(result));
      };
    },
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error: unknown) => mapError(error)));
      };
    },
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(args => mapOutcome(() => executeFn(args), mapError));
    },
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(args => mapOutcome(() => subscribeFn(args), mapError));
    },
  };
}

type Result = ExecutionResult & { readonly incremental?: readonly Pick<ExecutionResult, 'errors'>[] };

async function mapOutcome(execute: () => unknown, mapError: ErrorMapper): Promise<unknown> {
  try {
    const outcome = (await execute()) as Result | AsyncIterable<Result>;
    if (!(Symbol.asyncIterator in outcome)) return mapResult(outcome, mapError);
    return mapAsyncIterator(
      outcome as AsyncIterable<Result>,
      result => mapResult(result, mapError),
      (error: unknown) => {
        throw mapError(error);
      },
    );
  } catch (error) {
    throw mapError(error);
  }
}

function mapResult(result: Result, mapError: ErrorMapper): Result {
  if (result.errors === undefined && result.incremental === undefined) return result;
  return {
    ...result,
    ...(result.errors === undefined ? {} : { errors: result.errors.map(mapError) }),
    ...(result.incremental === undefined
      ? {}
      : { incremental: result.incremental.map(part => mapResult(part, mapError)) }),
  };
}
