import { badInput } from '../errors.ts';

/**
 * The name as it is kept, without white space around it.
 *
 * @param path Where the name stands in the input. Default: `name`.
 * @throws {GatewayError} BAD_USER_INPUT where it is empty, longer than 100 characters, or holds control characters.
 */
export function checkName(name: string, path = 'name'): string {
  const trimmed = name.trim();
  if (trimmed === '') throw badInput(path, 'at least one character is needed');
  if ([...trimmed].length > 100) throw badInput(path, 'at most 100 characters are allowed');
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed) || !trimmed.isWellFormed()) {
    throw badInput(path, 'control characters are not allowed');
  }
  return trimmed;
}
