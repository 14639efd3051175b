import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import { type ErrorCode, errorCodes, GatewayError } from '../errors.ts';
import { errorExtensions } from '../graphql/errors.ts';
import type { AnswerType } from './accept-operation.ts';
import { httpStatusOf } from './http-status.ts';

/** What an executor returns for a query, a mutation, or one event of a subscription. */
export interface ExecutedResult {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: unknown;
}

/** A result that says only what is wrong. */
export function failedResult(errors: readonly unknown[]): ExecutedResult {
  return { errors: errors.map(asGraphQLError) };
}

/** Writes a result as JSON. What the executor's errors say to HTTP servers is taken out. */
export function writeResult(result: ExecutedResult): string {
  const { errors } = result;
  return JSON.stringify(errors === undefined ? result : { ...result, errors: errors.map(withoutHttp) });
}

/**
 * The HTTP status of a result, after the GraphQL-over-HTTP specification: `application/json` says 200 for whatever
 * could be read as a GraphQL request; the newer type tells requests that were not executed by their status.
 */
export function statusOfResult(result: ExecutedResult, answerType: AnswerType): number {
  if (answerType !== 'application/graphql-response+json' || result.data !== undefined) return 200;
  const code = result.errors?.[0]?.extensions.code;
  return isErrorCode(code) ? httpStatusOf(code) : 400;
}

/** After how many milliseconds to come back, where nothing was done because the node has as much to do as it takes. */
export function overloadOf({ data, errors }: ExecutedResult): number | undefined {
  const { code, retryAfterMs } = errors?.[0]?.extensions ?? {};
  if (code !== 'OVERLOADED' || (data !== undefined && data !== null)) return undefined;
  return typeof retryAfterMs === 'number' ? retryAfterMs : 1_000;
}

/** Whether an executor answered with a stream of results rather than with one. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<ExecutedResult> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function asGraphQLError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const error = thrown instanceof GatewayError ? thrown : new GatewayError('INTERNAL', 'an unexpected fault');
  return new GraphQLError(error.message, { extensions: errorExtensions(error) });
}

function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const formatted = typeof error.toJSON === 'function' ? error.toJSON() : (error as GraphQLFormattedError);
  const { http: _, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}

function isErrorCode(code: unknown): code is ErrorCode {
  return errorCodes.includes(code as ErrorCode);
}
