import { CommandError, exitCodes } from './exit-codes.ts';
import type { GraphResult } from './graph-client.ts';

/**
 * The data of a result that has no errors.
 *
 * @throws {CommandError} With the first error; a credential that is missing or wrong ends with what to do.
 */
export function readResult<T>({ data, errors }: GraphResult): T {
  const [error] = errors ?? [];
  if (error === undefined) return data as T;
  const code = typeof error.extensions?.code === 'string' ? error.extensions.code : 'INTERNAL';
  if (code === 'UNAUTHENTICATED') {
    throw new CommandError(exitCodes.unavailable, `${error.message} Set TOLLGATE_API_KEY to a key of this gateway.`);
  }
  throw new CommandError(exitCodes.failure, `${code}: ${error.message}`);
}
