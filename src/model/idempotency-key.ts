import { badInput } from '../errors.ts';

/** Printable ASCII, so that it can be sent by every entrance. */
const idempotencyKeyPattern = /^[\x20-\x7e]{1,255}$/;

/**
 * Refuses what is no idempotency key: 1 to 255 printable ASCII characters.
 *
 * @param path Where the caller gave it.
 * @throws {GatewayError} BAD_USER_INPUT.
 */
export function checkIdempotencyKey(path: string, key: string): void {
  if (!idempotencyKeyPattern.test(key)) throw badInput(path, '1 to 255 printable ASCII characters');
}
