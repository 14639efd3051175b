import { badInput } from '../../errors.ts';

/** Refuses more entries than `most`. */
export function checkCount(path: string, entries: readonly unknown[], most: number): void {
  if (entries.length > most) throw badInput(path, `at most ${most}, not ${entries.length}`);
}

/** Refuses an empty text, and one longer than `most` UTF-16 units. */
export function checkText(path: string, text: string, most: number): void {
  if (text === '') throw badInput(path, 'is empty');
  if (text.length > most) throw badInput(path, `at most ${most} characters, not ${text.length}`);
}

/** Refuses a number outside `least` to `most`, both included. */
export function checkRange(path: string, value: number | null | undefined, least: number, most: number): void {
  if (value == null) return;
  if (!(value >= least && value <= most)) throw badInput(path, `from ${least} to ${most}, not ${value}`);
}

/** A list of names: at most `most`, none empty, none longer than 256 characters. */
export function checkNames(path: string, names: readonly string[] | null | undefined, most: number): void {
  if (names == null) return;
  checkCount(path, names, most);
  for (const [index, name] of names.entries()) checkText(`${path}.${index}`, name, 256);
}

/** A member that is there only where it was given: null and absent are the same. */
export function given<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [K in Key]?: Value } {
  return value == null ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}
