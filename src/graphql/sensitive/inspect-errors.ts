import { GraphQLError } from 'graphql';
import type { ValueInspector } from '../../privacy/inspect-value.ts';
import { errorExtensions } from '../errors.ts';
import type { FieldFault } from './project-result.ts';

const withheldMessage = 'This error is not shown: its message holds what a content rule blocks.';

/**
 * An error as the rules leave it: its message and what it tells besides; the same one where they left all of it.
 *
 * What was thrown is not carried on where something was found in it, since servers show that to developers.
 */
export function inspectError(error: GraphQLError, inspect: ValueInspector): GraphQLError {
  const result = inspect({ message: error.message, extensions: error.extensions });
  const left =
    'value' in result
      ? (result.value as Pick<GraphQLError, 'message' | 'extensions'>)
      : { message: withheldMessage, extensions: { code: 'CONTENT_BLOCKED' } };
  const thrown = error.originalError == null ? undefined : inspectThrown(error.originalError, inspect);
  const isSame = left.message === error.message && left.extensions === error.extensions;
  if (isSame && thrown === (error.originalError ?? undefined)) return error;
  const { nodes, source, positions, path } = error;
  return new GraphQLError(left.message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: left.extensions,
    // Whether there is one tells a server's masking that the error was not meant to be shown.
    ...(thrown === undefined ? {} : { originalError: thrown }),
  });
}

/** What was thrown, or a likeness of it without its message where something was found in that. */
export function inspectThrown(thrown: unknown, inspect: ValueInspector): Error {
  if (thrown instanceof GraphQLError) return inspectError(thrown, inspect);
  if (thrown instanceof Error) {
    const told = [thrown.message, thrown.stack ?? ''];
    const result = inspect(told);
    if ('value' in result && result.value === told) return thrown;
  }
  const likeness = new Error(withheldMessage);
  if (thrown instanceof Error) likeness.name = thrown.name;
  return likeness;
}

/** What a withheld field is told by. */
export function faultAsError({ error, path }: FieldFault): GraphQLError {
  return new GraphQLError(error.message, { path, extensions: errorExtensions(error) });
}
