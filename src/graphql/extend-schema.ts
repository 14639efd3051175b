import {
  type DefinitionNode,
  type DocumentNode,
  extendSchema,
  type GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  type GraphQLNamedType,
  GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLUnionType,
  Kind,
  type ObjectTypeExtensionNode,
  parse,
  specifiedDirectives,
  visit,
} from 'graphql';
import { checkSchemaNames, renameSchema, type SchemaNames } from './rename-schema.ts';
import { buildTollgateSchema } from './schema.ts';
import { typeDefinitions } from './type-definitions.generated.ts';

/** The names in a server that has a schema of its own. */
export const embeddedNames: SchemaNames = { typePrefix: 'Ai', fieldPrefix: 'ai' };

export interface SchemaExtensionOptions {
  readonly names: SchemaNames;
  /** Makes what a resolver threw into what a caller may see, before a host's own masking takes it for unexpected. */
  readonly mapError: (error: unknown) => GraphQLError;
}

type RootType = 'Query' | 'Mutation' | 'Subscription';
const rootTypes: readonly RootType[] = ['Query', 'Mutation', 'Subscription'];

/**
 * Makes the function that adds this schema to a host's.
 *
 * Root fields are added to the host's own root types; everything else stands beside what the host has, under its own
 * name. The host's schema is not changed: what comes back is a new one, the same for the same host's schema, and one
 * that was added to already, or was made from such a one, comes back as it is.
 *
 * @throws {TypeError} Where a prefix is no name; the function, where the host has one of the names already.
 */
export function schemaExtension({ names, mapError }: SchemaExtensionOptions): (host: GraphQLSchema) => GraphQLSchema {
  checkSchemaNames(names);
  const own = buildTollgateSchema({ names });
  const document = withoutFederation(renameSchema(parse(typeDefinitions, { noLocation: true }), names));
  const extended = new WeakMap<GraphQLSchema, GraphQLSchema>();
  // Kept by everything that makes a schema out of another.
  const mark = Symbol('extended');

  return host => {
    if (host.extensions.tollgate === mark) return host;
    let schema = extended.get(host);
    if (schema === undefined) {
      refuseClashes(host, own);
      schema = extendSchema(host, onRootTypesOf(host, document));
      schema.extensions = { ...schema.extensions, tollgate: mark };
      giveBehaviour(schema, own, mapError);
      extended.set(host, schema);
    }
    return schema;
  };
}

/** Tells root fields that are added under these names from those of a host. */
export function addedFields(names: SchemaNames): (name: string) => boolean {
  const own = buildTollgateSchema({ names });
  const added = new Set(rootTypes.flatMap(rootType => Object.keys(rootTypeOf(own, rootType)?.getFields() ?? {})));
  return name => added.has(name);
}

function refuseClashes(host: GraphQLSchema, own: GraphQLSchema): void {
  for (const type of ownTypes(own)) {
    if (host.getType(type.name) !== undefined) {
      throw new TypeError(`names.typePrefix: the schema has a type ${type.name} already; choose another prefix`);
    }
  }
  for (const rootType of rootTypes) {
    const hosts = rootTypeOf(host, rootType)?.getFields() ?? {};
    for (const field of Object.keys(rootTypeOf(own, rootType)?.getFields() ?? {})) {
      if (!Object.hasOwn(hosts, field)) continue;
      throw new TypeError(`names.fieldPrefix: ${rootType} has a field ${field} already; choose another prefix`);
    }
  }
}

/** All but root types, built-in ones and federation's, which only this schema's own server has. */
function ownTypes(own: GraphQLSchema): readonly GraphQLNamedType[] {
  const roots = new Set(rootTypes.map(rootType => rootTypeOf(own, rootType)));
  const builtIn = new Set(['ID', 'String', 'Int', 'Float', 'Boolean']);
  return Object.values(own.getTypeMap()).filter(type => {
    return !roots.has(type as GraphQLObjectType) && !builtIn.has(type.name) && !type.name.includes('__');
  });
}

function rootTypeOf(schema: GraphQLSchema, rootType: RootType): GraphQLObjectType | undefined {
  if (rootType === 'Query') return schema.getQueryType() ?? undefined;
  return (rootType === 'Mutation' ? schema.getMutationType() : schema.getSubscriptionType()) ?? undefined;
}

/** A host may be a subgraph itself; what its router composes is for it to say. */
function withoutFederation(document: DocumentNode): DocumentNode {
  const kept: ReadonlySet<string> = new Set(specifiedDirectives.map(({ name }) => name));
  return visit(document, {
    SchemaExtension: () => null,
    DirectiveDefinition: () => null,
    Directive: node => (kept.has(node.name.value) ? undefined : null),
  });
}

/** The host's root types may have names of their own, or not be there. */
function onRootTypesOf(host: GraphQLSchema, document: DocumentNode): DocumentNode {
  const definitions = document.definitions.flatMap((definition): readonly DefinitionNode[] => {
    const rootType = rootTypes.find(name => isRootType(definition, name));
    if (rootType === undefined) return [definition];
    const hosts = rootTypeOf(host, rootType);
    if (hosts !== undefined) {
      const name = { kind: Kind.NAME, value: hosts.name } as const;
      return [{ ...(definition as ObjectTypeExtensionNode), kind: Kind.OBJECT_TYPE_EXTENSION, name }];
    }
    if (host.getType(rootType) !== undefined) {
      throw new TypeError(`the schema has a type ${rootType} that is not the root of its ${rootType.toLowerCase()}s`);
    }
    if (definition.kind === Kind.OBJECT_TYPE_EXTENSION) return [definition];
    const asRoot = parse(`extend schema { ${rootType.toLowerCase()}: ${rootType} }`, { noLocation: true });
    return [definition, ...asRoot.definitions];
  });
  return { kind: Kind.DOCUMENT, definitions };
}

function isRootType(definition: DefinitionNode, name: string): boolean {
  const { kind } = definition;
  return (
    (kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.OBJECT_TYPE_EXTENSION) && definition.name.value === name
  );
}

/** What is written in a language of types has no resolvers yet: these are those of the schema that stands alone. */
function giveBehaviour(schema: GraphQLSchema, own: GraphQLSchema, mapError: SchemaExtensionOptions['mapError']): void {
  for (const rootType of rootTypes) {
    giveResolvers(rootTypeOf(schema, rootType), rootTypeOf(own, rootType), mapError);
  }
  for (const model of ownTypes(own)) {
    const type = schema.getType(model.name);
    if (type instanceof GraphQLObjectType && model instanceof GraphQLObjectType) {
      giveResolvers(type, model, mapError);
      type.isTypeOf = model.isTypeOf;
    } else if (type instanceof GraphQLScalarType && model instanceof GraphQLScalarType) {
      const { serialize, parseValue, parseLiteral } = model;
      Object.assign(type, { serialize, parseValue, parseLiteral });
    } else if (isAbstract(type) && isAbstract(model)) {
      type.resolveType = model.resolveType;
    }
  }
}

function isAbstract(type: GraphQLNamedType | undefined): type is GraphQLInterfaceType | GraphQLUnionType {
  return type instanceof GraphQLInterfaceType || type instanceof GraphQLUnionType;
}

function giveResolvers(
  type: GraphQLObjectType | undefined,
  model: GraphQLObjectType | undefined,
  mapError: SchemaExtensionOptions['mapError'],
): void {
  const fields = type?.getFields() ?? {};
  for (const { name, resolve, subscribe } of Object.values<GraphQLField<unknown, unknown>>(model?.getFields() ?? {})) {
    const field = fields[name];
    if (field === undefined) continue;
    if (resolve !== undefined) field.resolve = mapping(resolve, mapError);
    if (subscribe !== undefined) field.subscribe = mapping(subscribe, mapError);
  }
}

function mapping(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  mapError: SchemaExtensionOptions['mapError'],
): GraphQLFieldResolver<unknown, unknown> {
  return (...given) => {
    try {
      const result = resolve(...given);
      return result instanceof Promise ? result.catch((error: unknown) => Promise.reject(mapError(error))) : result;
    } catch (error) {
      throw mapError(error);
    }
  };
}
