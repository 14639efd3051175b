import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { checkSource } from '../../src/graphql/limits/check-source.ts';
import { defaultOperationLimits } from '../../src/graphql/limits/operation-limits.ts';
import { parseWithin } from '../../src/graphql/limits/use-operation-limits.ts';

const read = (source: string) => parseWithin(source, defaultOperationLimits, parse);
const repeat = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join(' ');

describe('operation limits', () => {
  test('let the introspection query of GraphiQL pass', () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
    });
    expect(read(query).definitions.length).toBeGreaterThan(0);
  });

  test('let a query pass that is as large as people write them', () => {
    const fields =
      '{ completions { nodes { route { candidates { endpoint { model { endpoints { provider { id } } } } } } } } }';
    expect(read(fields).definitions).toHaveLength(1);
  });

  test('refuse a 10,000-deep query without overflowing the stack', () => {
    expect(() => read(`${'{a'.repeat(10_000)}${'}'.repeat(10_000)}`)).toThrow(/nested deeper than 64/);
    expect(() => read(`{ route(input: ${'['.repeat(10_000)}${']'.repeat(10_000)}) { workload } }`)).toThrow(
      /nested deeper/,
    );
    expect(() => read(`query ($a: ${'['.repeat(10_000)}Int${']'.repeat(10_000)}) { viewer }`)).toThrow(/nested deeper/);
  });

  test('refuse 5,000 aliases, in the document or through fragments', () => {
    expect(() => read(`{ ${repeat(5_000, i => `a${i}: viewer { user }`)} }`)).toThrow(/2000 tokens/);
    expect(() => read(`{ ${repeat(31, i => `a${i}: viewer { user }`)} }`)).toThrow(/At most 30 aliases/);
    const fragments = `query { ...A ...A ...A ...A } fragment A on Query { ${repeat(8, i => `a${i}: viewer { user }`)} }`;
    expect(() => read(fragments)).toThrow(/At most 30 aliases/);
  });

  test('refuse fragments that grow as they are spread', () => {
    const doubling = repeat(40, i => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    expect(() => read(`{ ...F0 } ${doubling} fragment F40 on Query { viewer { user } }`)).toThrow(
      /At most 2000 fields/,
    );
    expect(() => read(`{ ...F0 } ${doubling}`)).toThrow(/At most 2000 fields/);
  });

  test('hold fragments that nothing spreads: they are validated all the same', () => {
    const idle = `fragment F on Viewer { ${repeat(251, () => 'project { id }')} }`;
    expect(() => read(`{ viewer { user } } ${idle}`)).toThrow(/At most 250/);
  });

  test('refuse fragments that form a cycle, however many ways lead around it', () => {
    const all = (count: number) => repeat(count, i => `...F${i}`);
    const tangle = repeat(20, i => `fragment F${i} on Query { ${all(20).replace(`...F${i} `, '')} }`);
    expect(() => read(`{ ...F0 } ${tangle}`)).toThrow(/form a cycle/);
  });

  test('refuse more than one paid field, however it is spread', () => {
    const paid = 'complete(input: $i) { id }';
    expect(read(`mutation ($i: CompleteInput!) { ${paid} }`).definitions).toHaveLength(1);
    expect(() => read(`mutation ($i: CompleteInput!) { ${paid} b: ${paid} }`)).toThrow(/may hold one complete, not 2/);
    expect(() =>
      read(`mutation ($i: CompleteInput!) { ...A ... on Mutation { b: ${paid} } } fragment A on Mutation { ${paid} }`),
    ).toThrow(/may hold one complete, not 2/);
    expect(() => read(`mutation ($i: CompleteInput!) { ...A ...A } fragment A on Mutation { ${paid} }`)).toThrow(
      /not 2/,
    );
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuse the response name %s', name => {
    expect(() => read(`{ ${name}: viewer { user } }`)).toThrow(new RegExp(`${name} is not allowed`));
  });

  test('refuse what is too much of anything else', () => {
    expect(() => read(`{ ${'a{'.repeat(12)}b${'}'.repeat(12)} }`)).toThrow(/At most 12 levels of fields/);
    expect(() => read(`{ __schema { ${'ofType{'.repeat(20)}name${'}'.repeat(20)} } }`)).toThrow(
      /levels of introspection/,
    );
    expect(() => read(`{ viewer { user ${repeat(51, () => '@include(if: true)')} } }`)).toThrow(
      /At most 50 directives/,
    );
    expect(() => read(`{ ${repeat(21, () => 'viewer { user }')} }`)).toThrow(/At most 20 root fields/);
    expect(() => read(`{ viewer { ${repeat(251, () => 'project { id }')} } }`)).toThrow(
      /At most 250 fields with fields/,
    );
    expect(() => read(repeat(21, i => `query Q${i} { viewer { user } }`))).toThrow(/At most 20 operations/);
  });

  describe('count lists as long as they may be, and', () => {
    const endpoints = 'endpoints { id price { input } exclusions { code } }';
    const around = 'endpoints { model { endpoints { id } } }';

    test.each([
      `{ models(first: 500) { nodes { id ${endpoints} } } }`,
      `query ($count: Int!) { models(first: $count) { edges { node { id ${endpoints} } } } }`,
      `{ models { nodes { ${around} } } }`,
      'query ($i: CompleteInput!) { route(input: $i) { candidates { endpoint { model { endpoints { id } } } exclusions { code } } } }',
      '{ usage(first: 100) { groups { keys { value } series { at total { cost } } } } }',
    ])('let %s pass', source => {
      expect(read(source).definitions).toHaveLength(1);
    });

    test.each([
      '{models(first:500){nodes{endpoints{model{endpoints{model{endpoints{model{endpoints{id}}}}}}}}}}',
      `{ models(first: 500) { nodes { ${around} } } }`,
      `{ models(first: 9999999) { nodes { ${around} } } }`,
      `query ($count: Int! = 1) { models(first: $count) { nodes { ${around} } } }`,
      `{ a: models(first: 500) { b: nodes { c: endpoints { d: model { e: endpoints { id } } } } } }`,
      `{ models(first: 500) { ...Page } } fragment Page on ModelConnection { nodes { ...Around } } fragment Around on Model { ${around} }`,
      `{ models(first: 500) { ... on ModelConnection { edges { node { ... on Model { ${around} } } } } } }`,
      '{ model(id: "m") { endpoints { model { endpoints { model { endpoints { model { endpoints { id } } } } } } } } }',
      `{ ${repeat(5, i => `m${i}: models(first: 500) { nodes { endpoints { price { input } exclusions { code } } } }`)} }`,
    ])('refuse %s', source => {
      expect(() => read(source)).toThrow(/At most 100000 objects/);
    });
  });

  test('are as docs/graphql.md tells them', () => {
    const table = readFileSync(new URL('../../docs/graphql.md', import.meta.url), 'utf8');
    const { tokens, nesting, depth, introspectionDepth, fields, branches, ...rest } = defaultOperationLimits;
    const { aliases, directives, rootFields, operations, objects } = rest;
    const told = [...table.matchAll(/^\|.*\| (\d[\d,; ]*?) *\|$/gm)].map(match => (match[1] ?? '').replaceAll(',', ''));
    const values = [tokens, nesting, `${depth}; ${introspectionDepth}`, fields, branches, aliases, directives];
    expect(told).toEqual([...values, rootFields, operations, objects, 1].map(String));
  });

  test('brackets in strings and comments count for nothing', () => {
    const brackets = '{['.repeat(100);
    const document = `# ${brackets}\n{ model(id: "${brackets}\\"${brackets}") { name } b: model(id: """${brackets}\\"""${brackets}""") { id } }`;
    expect(read(document).definitions).toHaveLength(1);
  });

  test('the look before the parser never throws anything but its refusal, and never hangs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', '"""', '\\', '\n', '#', '{', '}', '(', '[', 'a', '\\"""')), pieces => {
        expect(() => checkSource(pieces.join(''), Number.POSITIVE_INFINITY)).not.toThrow();
      }),
    );
  });
});
