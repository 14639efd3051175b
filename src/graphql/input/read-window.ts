import { badInput } from '../../errors.ts';

const longestWindowMs = 366 * 86_400_000;

/**
 * How far back is looked, in milliseconds.
 *
 * @throws {GatewayError} BAD_USER_INPUT.
 */
export function readWindow(windowMs: number): number {
  if (windowMs > 0 && windowMs <= longestWindowMs) return windowMs;
  throw badInput('window', 'must be longer than nothing, at most P366D');
}
