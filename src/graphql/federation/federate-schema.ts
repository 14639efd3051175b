import {
  type DocumentNode,
  extendSchema,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  Kind,
  specifiedDirectives,
  visit,
} from 'graphql';
import type { GraphQLContext } from '../context.ts';
import { type MapError, mapping } from '../mapped-resolver.ts';
import type { SchemaNames } from '../rename-schema.ts';
import { entitiesOf } from './build-subgraph.ts';
import { hostSubgraphSdl } from './host-sdl.ts';
import { addSubgraphFields } from './subgraph-fields.ts';
import { ownDocument, type SubgraphParts } from './tollgate-subgraph.ts';

/**
 * Makes a host's schema, to which ours was added, a subgraph.
 *
 * @param host As it was before.
 * @throws {TypeError} Where the schema has a type that is contributed to.
 */
export function federateSchema(
  host: GraphQLSchema,
  extended: GraphQLSchema,
  { document, types, resolvers, references, guards }: SubgraphParts,
  names: SchemaNames,
  mapError: MapError,
): GraphQLSchema {
  const clash = types.find(({ name }) => extended.getType(name) !== undefined);
  if (clash !== undefined) {
    throw new TypeError(`contribute: the schema has a type ${clash.name} already; write a resolver for its field`);
  }
  const contributed = extendSchema(extended, withoutFederation(document), { assumeValid: true });
  for (const [typeName, fieldResolvers] of Object.entries(resolvers)) {
    const type = contributed.getType(typeName);
    const fields = isObjectType(type) ? type.getFields() : {};
    for (const [name, resolve] of Object.entries(fieldResolvers)) {
      const field = fields[name];
      if (field !== undefined) field.resolve = mapping(resolve as GraphQLFieldResolver<unknown, unknown>, mapError);
    }
  }
  const added: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [...ownDocument(names).definitions, ...document.definitions],
  };
  const subgraph = addSubgraphFields<GraphQLContext>(contributed, {
    ...guards,
    sdl: hostSubgraphSdl(host, added),
    references: new Map(entitiesOf(added).map(name => [name, references[name]])),
  });
  for (const name of subgraphFields) {
    const field = subgraph.getQueryType()?.getFields()[name];
    if (field?.resolve !== undefined) field.resolve = mapping(field.resolve, mapError);
  }
  return subgraph;
}

const subgraphFields = ['_service', '_entities'];

/** @throws {TypeError} Where a schema has what makes a subgraph already. */
export function refuseSubgraph(schema: GraphQLSchema): void {
  const fields = schema.getQueryType()?.getFields() ?? {};
  if (!subgraphFields.some(name => Object.hasOwn(fields, name))) return;
  throw new TypeError('useFederation: the schema is a subgraph already; give Tollgate a server of its own');
}

/** A host may be a subgraph itself; what its router composes is for it to say. */
export function withoutFederation(document: DocumentNode): DocumentNode {
  const kept: ReadonlySet<string> = new Set(specifiedDirectives.map(({ name }) => name));
  return visit(document, {
    SchemaExtension: () => null,
    DirectiveDefinition: () => null,
    Directive: node => (kept.has(node.name.value) ? undefined : null),
  });
}
