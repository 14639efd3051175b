import { GatewayError } from '../errors.ts';

/**
 * Passes on what `action` gives; a fault of input then names its place below the argument.
 *
 * The gateway and the access control name places in what they were given, whichever entrance it came by.
 *
 * @param argument The name of the argument. Default: `input`.
 */
export async function underInput<T>(action: () => T | Promise<T>, argument = 'input'): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.path === undefined || error.path.startsWith(`${argument}.`))
      throw error;
    const { code, message, path, cause, retryable } = error;
    const placed = message.startsWith(`${path}:`) ? `${argument}.${message}` : message;
    throw new GatewayError(code, placed, { path: `${argument}.${path}`, cause, retryable });
  }
}
