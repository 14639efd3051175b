/** Changes a text; the same text where there is nothing to change. */
export type TextChange = (text: string) => string;

/** `JSON.parse` hands the source of numbers to its reviver, and `JSON.rawJSON` writes them back digit for digit (ECMAScript 2026). */
type SourceReviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (source: string) => unknown };

/**
 * Changes the texts in a JSON document: strings, names of members, and numbers as they are written.
 *
 * @returns The same text where nothing was changed; undefined where it is no JSON.
 */
export function changeJson(document: string, change: TextChange): string | undefined {
  let isChanged = false;
  function changed(text: string): string {
    const left = change(text);
    if (left !== text) isChanged = true;
    return left;
  }
  try {
    const value = parseWithSource(document, (_, member, { source }) => {
      if (typeof member === 'string') return changed(member);
      if (typeof member === 'number' && source !== undefined) {
        const left = changed(source);
        return left === source ? rawJSON(source) : left;
      }
      return isObject(member) ? withNames(member, changed) : member;
    });
    return isChanged ? JSON.stringify(value) : document;
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** As `changeJson`, of a value: the same value where nothing was changed. */
export function changeValue<T>(value: T, change: TextChange): T {
  const document = JSON.stringify(value);
  if (document === undefined) return value;
  const left = changeJson(document, change);
  return left === undefined || left === document ? value : (JSON.parse(left) as T);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('rawJSON' in value);
}

function withNames(value: Record<string, unknown>, change: TextChange): unknown {
  const renamed = Object.entries(value).map(([name, member]) => [change(name), member, name] as const);
  if (renamed.every(([left, , name]) => left === name)) return value;
  return Object.fromEntries(renamed.map(([left, member]) => [left, member]));
}
