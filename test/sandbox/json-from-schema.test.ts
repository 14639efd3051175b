import { Ajv, type AnySchema } from 'ajv';
import { expect, test } from 'vitest';
import { jsonFromSchema } from '../../src/sandbox/json-from-schema.ts';

const schemas: readonly AnySchema[] = [
  true,
  {},
  { type: 'string' },
  { type: 'string', minLength: 30 },
  { type: 'string', maxLength: 2 },
  { type: 'integer', minimum: 7 },
  { type: 'integer', exclusiveMinimum: 7, multipleOf: 5 },
  { type: 'integer', maximum: -3 },
  { type: 'number', exclusiveMaximum: 0 },
  { type: 'number', minimum: 0.2, maximum: 0.3 },
  { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 },
  { type: 'number', multipleOf: 0.25 },
  { type: 'boolean' },
  { type: 'null' },
  { type: ['null', 'string'] },
  { const: { a: [1] } },
  { enum: ['x', 'y'] },
  { type: 'string', pattern: '^[A-Z]{3}$', examples: ['ABC'] },
  { type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true },
  { type: 'array', items: { type: 'integer' }, maxItems: 0 },
  { type: 'object', properties: { a: { type: 'string' } }, required: ['a', 'b'] },
  { type: 'object', required: ['n'], additionalProperties: { type: 'integer' } },
  { anyOf: [{ type: 'null' }, { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] }] },
  { type: 'object', oneOf: [{ required: ['a'], properties: { a: { type: 'integer' } } }] },
  {
    allOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { properties: { b: { type: 'integer' } }, required: ['b'] },
    ],
  },
  {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
        required: ['name', 'children'],
      },
    },
  },
];

test.for(schemas.map(schema => [JSON.stringify(schema), schema] as const))('the value satisfies %s', ([, schema]) => {
  const value = jsonFromSchema(schema);
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(value), JSON.stringify(value)).toBe(true);
  expect(jsonFromSchema(schema)).toEqual(value);
});

test("Gemini's upper-case types are read", () => {
  const schema = {
    type: 'OBJECT',
    properties: { a: { type: 'INTEGER' }, b: { type: 'ARRAY', items: { type: 'STRING' } } },
  };
  expect(jsonFromSchema(schema)).toEqual({ a: 1, b: ['sample'] });
});

test('a schema that fans out without end, or refers to itself, is answered quickly', () => {
  const node = { type: 'object', properties: { l: { $ref: '#' }, r: { $ref: '#' } }, required: ['l', 'r'] };
  expect(JSON.stringify(jsonFromSchema(node)).length).toBeLessThan(200_000);
  expect(jsonFromSchema({ $ref: '#' })).toBeNull();
  expect(jsonFromSchema({ type: 'string', minLength: 1e12 })).toHaveLength(1000);
  expect(jsonFromSchema({ type: 'array', items: { type: 'null' }, minItems: 1e12 })).toHaveLength(1000);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('a property named __proto__ is data', () => {
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"const":{"polluted":true}}}}');
  expect(JSON.stringify(jsonFromSchema(schema))).toBe('{"__proto__":{"polluted":true}}');
});
