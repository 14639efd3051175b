import { type DefinitionNode, type DocumentNode, type GraphQLSchema, Kind, parse, print } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { federationDefinitions } from './directive-definitions.ts';
import { federationLinkIn, linkedName } from './federation-link.ts';
import { addSubgraphFields, type ReferenceResolver, type SubgraphGuards } from './subgraph-fields.ts';

export interface SubgraphOptions<Context> extends SubgraphGuards<Context> {
  /** With its `@link` to federation 2, without definitions of what that brings. */
  readonly typeDefs: string | DocumentNode;
  /** Those of a GraphQL Tools schema. What finds entities is beside them, in `references`. */
  readonly resolvers?: Readonly<Record<string, unknown>>;
  /** By type or interface. Entities without one come back as they were sent. */
  readonly references?: Readonly<Record<string, ReferenceResolver<Context>>>;
}

/**
 * Makes an executable subgraph of federation 2 out of its SDL: `_service` tells the SDL as it was written, `_entities`
 * finds every type with a key that can be resolved.
 *
 * @throws {TypeError} Where `references` has a type that is no entity.
 */
export function buildSubgraph<Context>(options: SubgraphOptions<Context>): GraphQLSchema {
  const { typeDefs, resolvers = {}, references = {}, ...guards } = options;
  const document = typeof typeDefs === 'string' ? parse(typeDefs) : typeDefs;
  const whole: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [...federationDefinitions(document).definitions, ...withoutOrphans(document)],
  };
  // Making a schema of it may change it.
  const sdl = print(document);
  const entities = entitiesOf(document);
  const unknown = Object.keys(references).filter(name => !entities.includes(name));
  if (unknown.length > 0) throw new TypeError(`references: ${unknown.join(', ')} has no key that can be resolved`);
  const schema = createSchema({ typeDefs: whole, resolvers: resolvers as never });
  return addSubgraphFields(schema, {
    ...guards,
    sdl,
    references: new Map(entities.map(name => [name, references[name]])),
  });
}

/** The types and interfaces of a document with a key by which a router may ask for them. */
export function entitiesOf(document: DocumentNode): readonly string[] {
  const key = linkedName(federationLinkIn(document), '@key').slice(1);
  const names = document.definitions.flatMap(definition => {
    if (!isComposite(definition)) return [];
    const isResolvable = (definition.directives ?? []).some(
      directive => directive.name.value === key && !directive.arguments?.some(isRefusal),
    );
    return isResolvable ? [definition.name.value] : [];
  });
  return [...new Set(names)];
}

function isRefusal({ name, value }: { readonly name: { readonly value: string }; readonly value: unknown }): boolean {
  const { kind, value: flag } = value as { readonly kind: string; readonly value?: unknown };
  return name.value === 'resolvable' && kind === Kind.BOOLEAN && flag === false;
}

/** A subgraph may extend types that only others define: here they are types of their own. */
function withoutOrphans({ definitions }: DocumentNode): readonly DefinitionNode[] {
  const defined = new Set(
    definitions.flatMap(definition =>
      definition.kind.endsWith('TypeDefinition') && 'name' in definition ? [definition.name?.value] : [],
    ),
  );
  return definitions.map(definition => {
    if (!isComposite(definition) || defined.has(definition.name.value)) return definition;
    defined.add(definition.name.value);
    if (definition.kind === Kind.OBJECT_TYPE_EXTENSION) return { ...definition, kind: Kind.OBJECT_TYPE_DEFINITION };
    if (definition.kind === Kind.INTERFACE_TYPE_EXTENSION) {
      return { ...definition, kind: Kind.INTERFACE_TYPE_DEFINITION };
    }
    return definition;
  });
}

function isComposite(definition: DefinitionNode) {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.OBJECT_TYPE_EXTENSION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_EXTENSION
  );
}
