import { isObject, type JsonObject } from './read-body.ts';

/** Beyond it only what a schema requires is filled in. */
const generousDepth = 4;
const depthLimit = 32;
const lengthLimit = 1000;
const valueLimit = 5000;

/** The whole schema, where references point, and how many values may still be made: schemas that recurse fan out. */
interface Scope {
  readonly root: unknown;
  valuesLeft: number;
}

const textByFormat: ReadonlyMap<unknown, string> = new Map(
  Object.entries({
    'date-time': '2025-01-15T12:00:00Z',
    date: '2025-01-15',
    time: '12:00:00Z',
    duration: 'PT1H',
    email: 'user@example.com',
    hostname: 'example.com',
    ipv4: '192.0.2.1',
    ipv6: '2001:db8::1',
    uri: 'https://example.com/',
    url: 'https://example.com/',
    uuid: '3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f',
  }),
);

/**
 * Makes a value that satisfies a JSON Schema, always the same one.
 *
 * Reads the keywords that models' tools and structured outputs use: type (Gemini's upper-case names and `nullable` too),
 * const, enum, properties, required, items, prefixItems, the bounds of numbers, texts and lists, format, local `$ref`,
 * anyOf, oneOf, allOf. Not `pattern`, `not`, `if` or `dependentSchemas`: a text under `pattern` is taken from the
 * schema's `default` or `examples` where it has such.
 */
export function jsonFromSchema(schema: unknown): unknown {
  return valueFor(schema, { root: schema, valuesLeft: valueLimit }, 0);
}

function valueFor(schema: unknown, scope: Scope, depth: number): unknown {
  scope.valuesLeft -= 1;
  if (!isObject(schema) || depth > depthLimit || scope.valuesLeft < 0) return null;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0];
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  if (typeof schema.$ref === 'string') return valueFor(resolve(schema.$ref, scope), scope, depth + 1);
  if (Array.isArray(schema.allOf)) return valueFor(merge(schema, schema.allOf, scope), scope, depth + 1);
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options) && options.length > 0) {
    const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema;
    const leaf = depth > generousDepth ? options.find(option => typeOf(option) === 'null') : undefined;
    const option = leaf ?? options.find(candidate => typeOf(candidate) !== 'null') ?? options[0];
    return valueFor(merge(rest, [option], scope), scope, depth + 1);
  }
  switch (typeOf(schema)) {
    case 'object':
      return objectOf(schema, scope, depth);
    case 'array':
      return listOf(schema, scope, depth);
    case 'string':
      return textOf(schema);
    case 'integer':
      return numberOf(schema, 1);
    case 'number':
      return numberOf(schema, 0.5);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function typeOf(schema: unknown): string {
  if (!isObject(schema)) return 'null';
  const named = Array.isArray(schema.type) ? (schema.type.find(name => name !== 'null') ?? 'null') : schema.type;
  if (typeof named === 'string') return named.toLowerCase();
  if ('properties' in schema || 'required' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  if ('$ref' in schema || 'anyOf' in schema || 'oneOf' in schema || 'allOf' in schema) return 'composed';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string';
}

function resolve(reference: string, scope: Scope): unknown {
  if (!reference.startsWith('#')) return undefined;
  let found = scope.root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = decodePointer(step);
    found =
      (isObject(found) || Array.isArray(found)) && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined;
  }
  return found;
}

function decodePointer(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

function merge(schema: JsonObject, parts: readonly unknown[], scope: Scope): JsonObject {
  const merged: Record<string, unknown> = { ...schema };
  delete merged.allOf;
  for (const part of parts) {
    const target = isObject(part) && typeof part.$ref === 'string' ? resolve(part.$ref, scope) : part;
    if (!isObject(target)) continue;
    const { properties, required } = merged;
    Object.assign(merged, target);
    if (isObject(properties) && isObject(target.properties))
      merged.properties = { ...properties, ...target.properties };
    if (Array.isArray(required) && Array.isArray(target.required)) merged.required = [...required, ...target.required];
  }
  return merged;
}

function objectOf(schema: JsonObject, scope: Scope, depth: number): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.filter(name => typeof name === 'string') : [];
  const names = depth < generousDepth ? [...new Set([...Object.keys(properties), ...required])] : required;
  const further = isObject(schema.additionalProperties) ? schema.additionalProperties : { type: 'string' };
  const entries = names.map((name): [string, unknown] => [
    name,
    valueFor(Object.hasOwn(properties, name) ? properties[name] : further, scope, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function listOf(schema: JsonObject, scope: Scope, depth: number): readonly unknown[] {
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const least = bound(schema.minItems, depth < generousDepth && schema.maxItems !== 0 ? 1 : 0);
  return Array.from({ length: Math.max(first.length, least) }, (_, index) => {
    const value = valueFor(index < first.length ? first[index] : schema.items, scope, depth + 1);
    return schema.uniqueItems === true && index > 0 ? distinct(value, index) : value;
  });
}

function distinct(value: unknown, index: number): unknown {
  if (typeof value === 'number') return value + index;
  return typeof value === 'string' ? `${value}${index}` : value;
}

function textOf(schema: JsonObject): string {
  const format = textByFormat.get(schema.format);
  if (format !== undefined) return format;
  const least = bound(schema.minLength, 0);
  const text = 'sample'.repeat(Math.max(1, Math.ceil(least / 6))).slice(0, Math.max(6, least));
  return typeof schema.maxLength === 'number' ? text.slice(0, Math.max(0, schema.maxLength)) : text;
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? Math.min(lengthLimit, Math.max(0, value)) : otherwise;
}

function numberOf(schema: JsonObject, step: number): number {
  const multiple = typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : step;
  const least = typeof schema.minimum === 'number' ? schema.minimum : undefined;
  const above = typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum : undefined;
  const most = typeof schema.maximum === 'number' ? schema.maximum : undefined;
  const below = typeof schema.exclusiveMaximum === 'number' ? schema.exclusiveMaximum : undefined;
  if (above !== undefined || least !== undefined) {
    const from = Math.ceil((above ?? least ?? 0) / multiple) * multiple;
    const next = above !== undefined && from <= above ? from + multiple : from;
    const ceiling = below ?? most;
    const isInside = ceiling === undefined || next < ceiling || (below === undefined && next === ceiling);
    return isInside || ceiling === undefined ? next : (Math.max(above ?? least ?? 0, least ?? -Infinity) + ceiling) / 2;
  }
  if (below !== undefined) return below > multiple ? multiple : (Math.ceil(below / multiple) - 1) * multiple;
  return most === undefined || most >= multiple ? multiple : Math.floor(most / multiple) * multiple;
}
