import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import { GatewayError, isRetryableCode } from '../errors.ts';
import { scrubMessage } from './scrub-message.ts';

/** Takes the one line that tells what happened behind a masked error; `pino` fits. */
export interface ErrorLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ErrorMapperOptions {
  /** Default: nothing is logged. */
  readonly log?: ErrorLog;
  /** Whether "Did you mean …" is left out, which tells strangers the names of the schema. Default false. */
  readonly hideSuggestions?: boolean;
}

/** Makes of whatever was thrown what a GraphQL caller may see. */
export type ErrorMapper = (error: unknown) => GraphQLError;

const internalMessage = 'Something went wrong inside the gateway; the correlation id leads to its log.';

/**
 * The one way of an error to a GraphQL caller.
 *
 * A `GatewayError` keeps its code, message and data. What GraphQL found wrong with the operation is BAD_USER_INPUT,
 * without the values in it. An error that a host's own resolver made on purpose (a `GraphQLError` with a code) stays.
 * Everything else is INTERNAL, and only the log says more: by the correlation id, and without the error's message,
 * which may hold content.
 */
export function createErrorMapper({ log, hideSuggestions = false }: ErrorMapperOptions = {}): ErrorMapper {
  const mapped = new WeakSet<object>();

  function map(error: unknown): GraphQLError {
    const fault = gatewayErrorIn(error);
    if (fault !== undefined && fault.code !== 'INTERNAL') return fromGatewayError(fault, error);
    if (error instanceof GraphQLError && isOriginal(error)) {
      return isDeliberate(error) ? error : fromGraphQL(error, hideSuggestions);
    }
    return internal(error, log);
  }

  return error => {
    if (typeof error === 'object' && error !== null && mapped.has(error)) return error as GraphQLError;
    const result = map(error);
    mapped.add(result);
    return result;
  };
}

/**
 * The way of errors in a server that is not Tollgate's own: what is not Tollgate's is left to the host.
 *
 * A `GatewayError`, from whichever resolver, is mapped as everywhere. What GraphQL found wrong with an operation keeps
 * its code, and loses the values, which may be prompts. Everything else comes back as it is.
 */
export function createHostErrorMapper(options: ErrorMapperOptions = {}): ErrorMapper {
  const mapOwn = createErrorMapper(options);
  return error => {
    if (gatewayErrorIn(error) !== undefined) return mapOwn(error);
    if (!(error instanceof GraphQLError) || !isOriginal(error) || isDeliberate(error)) return error as GraphQLError;
    const message = scrubMessage(error, { hideSuggestions: options.hideSuggestions ?? false });
    return message === error.message
      ? error
      : new GraphQLError(message, { ...placeOf(error), extensions: error.extensions });
  };
}

/** The code, `retryable` and what else is known of a fault, as they stand in `errors[].extensions`. */
export function errorExtensions(error: GatewayError): Readonly<Record<string, unknown>> {
  return {
    code: error.code,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.path === undefined ? {} : { inputPath: error.path }),
  };
}

function fromGatewayError(fault: GatewayError, error: unknown): GraphQLError {
  return new GraphQLError(fault.message, { ...placeOf(error), extensions: errorExtensions(fault) });
}

function fromGraphQL(error: GraphQLError, hideSuggestions: boolean): GraphQLError {
  const http = httpOf(error);
  return new GraphQLError(scrubMessage(error, { hideSuggestions }), {
    ...placeOf(error),
    extensions: {
      code: 'BAD_USER_INPUT',
      retryable: false,
      // Read by Yoga for the status of the answer; it takes it out again.
      ...(http === undefined ? {} : { http }),
    },
  });
}

/**
 * What Yoga is told of the status. Where the body was no request at all it is 400 whatever the caller accepts, as the
 * GraphQL over HTTP specification asks for; Yoga itself would answer 200 to who accepts plain JSON.
 */
function httpOf({ extensions: { http, code } }: GraphQLError): GraphQLError['extensions']['http'] {
  if (code !== 'BAD_REQUEST' || typeof http !== 'object' || http === null) return http;
  return { ...http, spec: false };
}

function internal(error: unknown, log: ErrorLog | undefined): GraphQLError {
  const correlationId = randomUUID();
  log?.error({ correlationId, ...describe(rootOf(error)) }, 'an error was masked');
  return new GraphQLError(internalMessage, {
    ...placeOf(error),
    extensions: { code: 'INTERNAL', retryable: isRetryableCode('INTERNAL'), correlationId },
  });
}

/** The frames of the stack and no message: a message of foreign code may hold a prompt. */
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { errorName: error.name, ...(code === undefined ? {} : { errorCode: code }), frames: frames.slice(0, 20) };
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? rootOf(error.originalError) : error;
}

function gatewayErrorIn(error: unknown): GatewayError | undefined {
  const root = rootOf(error);
  return root instanceof GatewayError ? root : undefined;
}

function isOriginal(error: GraphQLError): boolean {
  return rootOf(error) instanceof GraphQLError;
}

/** Codes of Yoga's own, which are in no list of Tollgate's. */
const yogaCodes: ReadonlySet<string> = new Set(['BAD_REQUEST', 'OPERATION_RESOLUTION_FAILURE']);

/** GraphQL's own errors carry no code, or one that Yoga gave them. */
function isDeliberate({ extensions: { code } }: GraphQLError): boolean {
  return typeof code === 'string' && !code.startsWith('GRAPHQL_') && !yogaCodes.has(code);
}

/** Positions in the document and the path of the field; not the document itself. */
function placeOf(error: unknown): GraphQLErrorOptions {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, source, positions, path } = error;
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}
