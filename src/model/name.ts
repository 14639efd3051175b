import { badInput } from '../errors.ts';

/** The name as it is kept. Throws BAD_USER_INPUT where it is empty, longer than 100 characters, or holds control characters. */
export function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw badInput('name', 'at least one character is needed');
  if ([...trimmed].length > 100) throw badInput('name', 'at most 100 characters are allowed');
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed) || !trimmed.isWellFormed()) {
    throw badInput('name', 'control characters are not allowed');
  }
  return trimmed;
}
