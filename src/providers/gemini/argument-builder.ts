import { asArray, asObjects, asText, type JsonObject } from '../json-value.ts';

/** Puts the arguments of a streamed `functionCall` together. */
export interface ArgumentBuilder {
  /** Reads `partialArgs`; false where a path can not be followed. */
  read(partialArgs: unknown): boolean;
  /** The arguments as JSON. */
  build(): string;
}

/** Larger arrays than this are not opened by a path: `$.a[4000000000]` would be an attack. */
const maxIndex = 10_000;
const maxDepth = 64;
const pathPart = /\.([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Follows https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (streaming arguments):
 * each part names a place by a JSONPath and holds a string's next fragment, a number, a boolean or null.
 */
export function createArgumentBuilder(args: JsonObject = {}): ArgumentBuilder {
  const root = structuredClone(args) as Record<string, unknown>;

  function write(path: string, value: unknown): boolean {
    const keys = readPath(path);
    const last = keys?.pop();
    if (keys === undefined || last === undefined) return false;
    let at: Record<string | number, unknown> = root;
    for (const [index, key] of keys.entries()) {
      const next = Object.hasOwn(at, key) ? at[key] : undefined;
      if (typeof next === 'object' && next !== null) at = next as Record<string | number, unknown>;
      else at = define(at, key, typeof (keys[index + 1] ?? last) === 'number' ? [] : {});
    }
    const before = Object.hasOwn(at, last) ? at[last] : undefined;
    define(at, last, typeof value === 'string' && typeof before === 'string' ? before + value : value);
    return true;
  }

  return {
    read: partialArgs =>
      asObjects(asArray(partialArgs)).every(part => write(asText(part.jsonPath) ?? '', fragmentOf(part))),
    build: () => JSON.stringify(root),
  };
}

function fragmentOf(part: JsonObject): unknown {
  return part.stringValue ?? part.numberValue ?? part.boolValue ?? null;
}

/** Never by assignment: `__proto__` is a key like any other. */
function define<T>(
  target: Record<string | number, unknown>,
  key: string | number,
  value: T,
): T & Record<string | number, unknown> {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  return value as T & Record<string | number, unknown>;
}

function readPath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const keys: (string | number)[] = [];
  for (let at = 1; at < path.length; at = pathPart.lastIndex) {
    pathPart.lastIndex = at;
    const found = pathPart.exec(path);
    if (found === null || keys.length >= maxDepth) return undefined;
    const [, name, index, single, double] = found;
    if (index !== undefined && Number(index) > maxIndex) return undefined;
    keys.push(index === undefined ? (name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1')) : Number(index));
  }
  return keys;
}
