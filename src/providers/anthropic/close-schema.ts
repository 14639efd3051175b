import { asArray, asObject, type JsonObject } from '../json-value.ts';

/**
 * Bounds that structured outputs refuse: https://platform.claude.com/docs/en/build-with-claude/structured-outputs. The
 * gateway still has the caller's own schema to check the answer with.
 */
const refusedBounds: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);
const schemaMaps: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
const schemaLists: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
/** Deeper schemas are passed on as they are, for the API to judge. */
const maxDepth = 64;

/** The schema as Anthropic takes it: every object closed (`additionalProperties: false`), no bounds that it refuses. */
export function closeSchema(schema: JsonObject, depth = 0): JsonObject {
  if (depth > maxDepth) return schema;
  const close = (value: unknown): unknown => {
    const inner = asObject(value);
    return inner === undefined ? value : closeSchema(inner, depth + 1);
  };
  const closed: [string, unknown][] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (refusedBounds.has(name) || (name === 'minItems' && value !== 0 && value !== 1)) continue;
    if (schemaMaps.has(name)) {
      const members = Object.entries(asObject(value) ?? {}).map(([key, member]) => [key, close(member)] as const);
      closed.push([name, Object.fromEntries(members)]);
    } else if (schemaLists.has(name)) closed.push([name, asArray(value).map(close)]);
    else closed.push([name, name === 'items' ? close(value) : value]);
  }
  const isObject = schema.type === 'object' || 'properties' in schema;
  return Object.fromEntries(isObject ? [...closed, ['additionalProperties', false]] : closed);
}
