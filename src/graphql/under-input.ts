import { GatewayError } from '../errors.ts';

/**
 * Passes on what `action` gives; a fault of input then names its place below the argument `input`.
 *
 * The gateway and the access control name places in what they were given, whichever entrance it came by.
 */
export async function underInput<T>(action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.path === undefined || error.path.startsWith('input.')) throw error;
    const { code, message, path, cause, retryable } = error;
    const placed = message.startsWith(`${path}:`) ? `input.${message}` : message;
    throw new GatewayError(code, placed, { path: `input.${path}`, cause, retryable });
  }
}
