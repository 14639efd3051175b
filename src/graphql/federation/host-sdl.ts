import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  isIntrospectionType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  Kind,
  print,
  printType,
  visit,
} from 'graphql';
import { federationDefinitions } from './directive-definitions.ts';
import { type FederationLink, federationLinkIn, linkedName } from './federation-link.ts';

type RootType = 'Query' | 'Mutation' | 'Subscription';

/**
 * The SDL of a host's schema together with what is added to it, as composers take it.
 *
 * What the host has written stands as it was written, its own `@link` included; what is added uses the names of that.
 *
 * @param added With the directives of federation, and a `@link` of its own; root types under their usual names.
 */
export function hostSubgraphSdl(host: GraphQLSchema, added: DocumentNode): string {
  const written = withImports(schemaExtensionOf(host));
  const link = federationLinkIn(written);
  const adapted = onHost(host, added, link);
  const texts = [
    ...(link === undefined ? [] : [print(written)]),
    ...rootNames(host),
    ...ownDirectives(host, written).map(({ astNode }) => (astNode == null ? '' : print(astNode))),
    ...Object.values(host.getTypeMap()).flatMap(type => (isWritten(type) ? [textOf(type)] : [])),
    print(adapted),
  ];
  return texts.filter(text => text !== '').join('\n\n');
}

function schemaExtensionOf(host: GraphQLSchema): DocumentNode {
  const directives = [host.astNode, ...host.extensionASTNodes].flatMap(
    (node): readonly ConstDirectiveNode[] => node?.directives ?? [],
  );
  return { kind: Kind.DOCUMENT, definitions: [{ kind: Kind.SCHEMA_EXTENSION, directives }] };
}

/** What is added is imported too: not every composer knows names with a namespace. */
function withImports(written: DocumentNode): DocumentNode {
  const link = federationLinkIn(written);
  if (link === undefined) return written;
  const missing = usedDirectives.filter(name => !link.imports.has(name));
  return visit(written, {
    Directive(node) {
      if (node !== link.directive) return undefined;
      const others = (node.arguments ?? []).filter(({ name }) => name.value !== 'import');
      const imported = node.arguments?.find(({ name }) => name.value === 'import');
      const before = imported?.value.kind === Kind.LIST ? imported.value.values : [];
      const added = missing.map(value => ({ kind: Kind.STRING, value }) as const);
      const value = { kind: Kind.LIST, values: [...before, ...added] } as const;
      return {
        ...node,
        arguments: [...others, { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'import' }, value }],
      };
    },
  });
}

const usedDirectives = ['@key', '@shareable', '@external', '@requires'];

/** Needed where one has not its usual name. */
function rootNames(host: GraphQLSchema): readonly string[] {
  const roots = Object.entries(rootsOf(host)).filter(([, name]) => name !== undefined);
  if (roots.every(([usual, name]) => usual === name)) return [];
  return [`schema { ${roots.map(([usual, name]) => `${usual.toLowerCase()}: ${name}`).join(' ')} }`];
}

function rootsOf(host: GraphQLSchema): Readonly<Record<RootType, string | undefined>> {
  return {
    Query: host.getQueryType()?.name,
    Mutation: host.getMutationType()?.name,
    Subscription: host.getSubscriptionType()?.name,
  };
}

/** Without those of federation, which composers know. */
function ownDirectives(host: GraphQLSchema, written: DocumentNode): readonly GraphQLDirective[] {
  const known = new Set(
    federationDefinitions(written).definitions.flatMap(node =>
      node.kind === Kind.DIRECTIVE_DEFINITION ? [node.name.value] : [],
    ),
  );
  return host.getDirectives().filter(directive => !isSpecifiedDirective(directive) && !known.has(directive.name));
}

function isWritten(type: GraphQLNamedType): boolean {
  return !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !type.name.includes('__');
}

function textOf(type: GraphQLNamedType): string {
  if (type.astNode == null) return printType(type);
  return [type.astNode, ...type.extensionASTNodes].map(print).join('\n\n');
}

function onHost(host: GraphQLSchema, added: DocumentNode, link: FederationLink | undefined): DocumentNode {
  const roots = rootsOf(host);
  const definitions = added.definitions.flatMap((definition): readonly DefinitionNode[] => {
    // One document has one link to federation.
    if (definition.kind === Kind.SCHEMA_EXTENSION) return link === undefined ? [definition] : [];
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) {
      return [definition];
    }
    const hosts = roots[definition.name.value as RootType];
    if (hosts === undefined) return [definition];
    return [{ ...definition, kind: Kind.OBJECT_TYPE_EXTENSION, name: { ...definition.name, value: hosts } }];
  });
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  if (link === undefined) return document;
  return visit(document, {
    Directive: node =>
      node.name.value === 'deprecated'
        ? undefined
        : { ...node, name: { ...node.name, value: linkedName(link, `@${node.name.value}`).slice(1) } },
  });
}
