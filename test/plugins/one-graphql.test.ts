import { envelop, useSchema } from '@envelop/core';
import { GraphQLSchema, version } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { expect, test } from 'vitest';
import { addedFields, embeddedNames } from '../../src/graphql/extend-schema.ts';
import { buildTollgateSchema } from '../../src/graphql/schema.ts';

test('these tests run over the version of graphql that they are meant for, and over one instance of it', async () => {
  expect(version.split('.')[0]).toBe(process.env.GRAPHQL_MAJOR ?? '16');
  const schema = createSchema({ typeDefs: 'type Query { version: String }' });
  expect(schema).toBeInstanceOf(GraphQLSchema);
  expect(buildTollgateSchema({ names: embeddedNames })).toBeInstanceOf(GraphQLSchema);
  expect(envelop({ plugins: [useSchema(schema)] })().schema).toBe(schema);
  const answer = await createYoga({ schema }).fetch('http://host/graphql?query={version}');
  expect(await answer.json()).toEqual({ data: { version: null } });
  expect(addedFields(embeddedNames)('aiComplete')).toBe(true);
});
