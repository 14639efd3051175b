import {
  type DefinitionNode,
  type DocumentNode,
  extendSchema,
  type GraphQLField,
  GraphQLInterfaceType,
  type GraphQLNamedType,
  GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLUnionType,
  Kind,
  type ObjectTypeExtensionNode,
  parse,
} from 'graphql';
import { federateSchema, refuseSubgraph, withoutFederation } from './federation/federate-schema.ts';
import { type FederationOptions, ownDocument, subgraphNames, subgraphParts } from './federation/tollgate-subgraph.ts';
import { type MapError, mapping } from './mapped-resolver.ts';
import { checkSchemaNames, type SchemaNames } from './rename-schema.ts';
import { buildTollgateSchema } from './schema.ts';

/** The names in a server that has a schema of its own. */
export const embeddedNames: SchemaNames = { typePrefix: 'Ai', fieldPrefix: 'ai' };

export interface SchemaExtensionOptions {
  readonly names: SchemaNames;
  /** Makes the server a subgraph, with this. Default: it is none. */
  readonly federation?: FederationOptions;
  /** Makes what a resolver threw into what a caller may see, before a host's own masking takes it for unexpected. */
  readonly mapError: MapError;
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
export function schemaExtension(options: SchemaExtensionOptions): (host: GraphQLSchema) => GraphQLSchema {
  const { names, mapError, federation } = options;
  checkSchemaNames(names);
  if (federation !== undefined) subgraphParts(federation, names);
  const extended = new WeakMap<GraphQLSchema, GraphQLSchema>();
  // Kept by everything that makes a schema out of another.
  const mark = Symbol('extended');
  const ownByNames = new Map<string, OwnSchema>();

  function ownOf(given: SchemaNames): OwnSchema {
    const key = JSON.stringify(given);
    const own = ownByNames.get(key) ?? buildOwn(given);
    ownByNames.set(key, own);
    return own;
  }

  /** A host that has a PageInfo keeps it; else ours is the one that subgraphs share. */
  function federate(host: GraphQLSchema, added: FederationOptions): GraphQLSchema {
    const adapted = host.getType('PageInfo') === undefined ? subgraphNames(names) : names;
    refuseSubgraph(host);
    return federateSchema(
      host,
      extend(host, ownOf(adapted), mapError),
      subgraphParts(added, adapted),
      adapted,
      mapError,
    );
  }

  return host => {
    if (host.extensions.tollgate === mark) return host;
    let schema = extended.get(host);
    if (schema === undefined) {
      schema = federation === undefined ? extend(host, ownOf(names), mapError) : federate(host, federation);
      schema.extensions = { ...schema.extensions, tollgate: mark };
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

/** The public schema under some names. */
interface OwnSchema {
  readonly schema: GraphQLSchema;
  /** Without directives of federation. */
  readonly document: DocumentNode;
}

function buildOwn(names: SchemaNames): OwnSchema {
  return { schema: buildTollgateSchema({ names }), document: withoutFederation(ownDocument(names)) };
}

function extend(host: GraphQLSchema, own: OwnSchema, mapError: MapError): GraphQLSchema {
  refuseClashes(host, own.schema);
  const schema = extendSchema(host, onRootTypesOf(host, own.document));
  giveBehaviour(schema, own.schema, mapError);
  return schema;
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
function giveBehaviour(schema: GraphQLSchema, own: GraphQLSchema, mapError: MapError): void {
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
  mapError: MapError,
): void {
  const fields = type?.getFields() ?? {};
  for (const { name, resolve, subscribe } of Object.values<GraphQLField<unknown, unknown>>(model?.getFields() ?? {})) {
    const field = fields[name];
    if (field === undefined) continue;
    if (resolve !== undefined) field.resolve = mapping(resolve, mapError);
    if (subscribe !== undefined) field.subscribe = mapping(subscribe, mapError);
  }
}
