import { readFileSync } from 'node:fs';
import { generate } from '@graphql-codegen/cli';
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLSchema,
  getIntrospectionQuery,
  graphqlSync,
  isObjectType,
  validateSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { renderErrorDocs } from '../../.ci/make-error-docs.ts';
import { renderTypeDefinitions } from '../../.ci/make-type-definitions.ts';
import codegen from '../../.codegen.ts';
import { federationDirectives } from '../../src/graphql/federation-directives.ts';
import { buildTollgateSchema } from '../../src/graphql/schema.ts';
import { typeDefinitions } from '../../src/graphql/type-definitions.generated.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const schemaOf = (sdl: string): GraphQLSchema => buildSchema(`${federationDirectives}\n${sdl}`);
const baseline = schemaOf(read('test/fixtures/schema-baseline.graphql'));

describe('the public schema', () => {
  test('only ever grows: nothing that a client may use goes away', () => {
    expect(findBreakingChanges(baseline, schemaOf(typeDefinitions)).map(change => change.description)).toEqual([]);
  });

  test('control: a removed field is found', () => {
    const without = schemaOf(typeDefinitions.replace('  receiptNonce: String\n', ''));
    expect(findBreakingChanges(baseline, without).map(change => change.description)).toEqual([
      expect.stringContaining('Completion.receiptNonce was removed.'),
    ]);
  });

  test('is valid, and every type in it can be reached', () => {
    const schema = buildTollgateSchema();
    expect(validateSchema(schema)).toEqual([]);
    expect(unreachableTypes(schema)).toEqual([]);
  });

  test('is served as it is written, descriptions included', () => {
    const result = graphqlSync({ schema: buildTollgateSchema(), source: getIntrospectionQuery() });
    expect(result.errors).toBeUndefined();
    expect(JSON.stringify(result.data)).toContain('whichever was asked for');
  });

  test('carries a prefix on every type and root field, and on nothing else', () => {
    const schema = buildTollgateSchema({ names: { typePrefix: 'Ai', fieldPrefix: 'ai' } });
    const own = Object.keys(schema.getTypeMap()).filter(name => !name.includes('__'));
    const plain = ['Query', 'Mutation', 'Subscription', 'ID', 'Int', 'Float', 'String', 'Boolean'];
    expect(own.filter(name => !name.startsWith('Ai')).sort()).toEqual(plain.sort());
    for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
      expect(Object.keys(type?.getFields() ?? {}).filter(name => !/^ai[A-Z]/.test(name))).toEqual([]);
    }
    const completion = schema.getType('AiCompletion');
    expect(isObjectType(completion) && Object.keys(completion.getFields())).toContain('partialText');
  });

  test('refuses a prefix that is no name', () => {
    expect(() => buildTollgateSchema({ names: { typePrefix: '1-', fieldPrefix: '' } })).toThrow(/names\.typePrefix/);
    expect(() => buildTollgateSchema({ names: { typePrefix: '', fieldPrefix: '__' } })).toThrow(/names\.fieldPrefix/);
  });
});

describe('what is generated does not fall behind:', () => {
  test('the program carries the schema that schema/ says', () => {
    expect(read('src/graphql/type-definitions.generated.ts')).toBe(renderTypeDefinitions());
  });

  test('the resolvers are typed by the schema as it is', async () => {
    const files: readonly { readonly content: string }[] = await generate({ ...codegen, silent: true }, false);
    expect(files.map(file => file.content)).toEqual([read('src/graphql/resolvers.generated.ts')]);
  });

  test('docs/errors.md lists every code that there is, and no other', () => {
    expect(withoutAlignment(read('docs/errors.md'))).toBe(withoutAlignment(renderErrorDocs()));
  });
});

/** Formatters of Markdown align the columns of tables, or do not. */
function withoutAlignment(markdown: string): string {
  return markdown.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');
}

function unreachableTypes(schema: GraphQLSchema): readonly string[] {
  const text = typeDefinitions;
  const names = Object.keys(schema.getTypeMap()).filter(name => !name.includes('__'));
  const roots = new Set(['Query', 'Mutation', 'Subscription', 'Boolean', 'Int', 'Float', 'ID', 'String']);
  return names.filter(
    name =>
      !roots.has(name) && !new RegExp(`(?:[:[] ?|implements )${name}\\b`).test(text) && !isImplementer(schema, name),
  );
}

function isImplementer(schema: GraphQLSchema, name: string): boolean {
  const type = schema.getType(name);
  return isObjectType(type) && type.getInterfaces().length > 0;
}
