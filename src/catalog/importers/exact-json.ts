import { GatewayError } from '../../errors.ts';

/** A JSON document in which every number is still the text that it was written as. */
export type ExactJson = string | boolean | null | readonly ExactJson[] | ExactObject;
export interface ExactObject {
  readonly [member: string]: ExactJson | undefined;
}

/** Characters; the largest catalogue known has 3 million. */
const longestText = 100 * 1024 * 1024;

/**
 * Parses JSON and keeps numbers as text, so that a price is never a floating number.
 *
 * @throws {GatewayError} BAD_USER_INPUT where the text is too long, nested too deep or no JSON.
 */
export function parseExactJson(text: string): ExactJson {
  if (text.length > longestText) {
    throw new GatewayError('BAD_USER_INPUT', 'the file is larger than 100 MB');
  }
  try {
    return JSON.parse(text, keepNumberText) as ExactJson;
  } catch (cause) {
    throw new GatewayError('BAD_USER_INPUT', 'the file is not readable JSON', { cause });
  }
}

function keepNumberText(_key: string, value: unknown, ...rest: unknown[]): unknown {
  if (typeof value !== 'number') return value;
  const [context] = rest as [{ readonly source?: string } | undefined];
  return context?.source ?? String(value);
}

/** The value where it is an object. */
export function asObject(value: ExactJson | undefined): ExactObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ExactObject) : undefined;
}

/** The value where it is an array, else an empty one. */
export function asList(value: ExactJson | undefined): readonly ExactJson[] {
  return Array.isArray(value) ? value : [];
}

/** A member of its own: never what an object inherits, so `constructor` and `__proto__` are names like any other. */
export function member(object: ExactObject | undefined, name: string): ExactJson | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
