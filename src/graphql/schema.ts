import { GraphQLScalarType, type GraphQLSchema, parse } from 'graphql';
import { createSchema } from 'graphql-yoga';
import type { GraphQLContext } from './context.ts';
import { federationDirectives } from './federation-directives.ts';
import { checkSchemaNames, prefixedField, prefixedType, renameSchema, type SchemaNames } from './rename-schema.ts';
import { resolvers } from './resolvers/index.ts';
import { typeDefinitions } from './type-definitions.generated.ts';

export interface SchemaOptions {
  /** Default: both prefixes empty, as a server of its own has them. */
  readonly names?: SchemaNames;
}

/** The names of a server that serves this schema alone. */
export const standaloneNames: SchemaNames = { typePrefix: '', fieldPrefix: '' };

const rootTypes = ['Query', 'Mutation', 'Subscription'];

/**
 * The public schema, executable, for one gateway or many: resolvers find theirs in the context.
 *
 * @throws {TypeError} Where a prefix is no GraphQL name.
 */
export function buildTollgateSchema({ names = standaloneNames }: SchemaOptions = {}): GraphQLSchema {
  checkSchemaNames(names);
  const document = renameSchema(parse(`${federationDirectives}\n${typeDefinitions}`, { noLocation: true }), names);
  return createSchema<GraphQLContext>({ typeDefs: document, resolvers: renameResolvers(names) as never });
}

/** All resolvers of the public schema, under other names. */
export function renameResolvers(names: SchemaNames): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(resolvers).map(([typeName, members]) => {
      if (rootTypes.includes(typeName)) {
        const fields = Object.entries(members).map(([field, resolver]) => [prefixedField(field, names), resolver]);
        return [typeName, Object.fromEntries(fields)];
      }
      const name = prefixedType(typeName, names);
      return [name, renameTypeResolver(members, name, names)];
    }),
  );
}

function renameTypeResolver(members: object, name: string, names: SchemaNames): unknown {
  if (members instanceof GraphQLScalarType) return new GraphQLScalarType({ ...members.toConfig(), name });
  if (!('__resolveType' in members) || typeof members.__resolveType !== 'function') return members;
  const resolveType = members.__resolveType;
  return {
    ...members,
    __resolveType: (...values: readonly unknown[]) => prefixedType(String(resolveType(...values)), names),
  };
}
