import { type DocumentNode, Kind, parse } from 'graphql';
import { federationLinkIn, linkedName } from './federation-link.ts';

/**
 * What each directive of federation takes and where it may stand.
 *
 * Source: https://specs.apollo.dev/federation/v2.9. `FieldSet` and the other scalars stand here under their bare names.
 */
const directives: Readonly<Record<string, string>> = {
  key: '(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE',
  requires: '(fields: FieldSet!) on FIELD_DEFINITION',
  provides: '(fields: FieldSet!) on FIELD_DEFINITION',
  external: '(reason: String) on OBJECT | FIELD_DEFINITION',
  shareable: ' repeatable on OBJECT | FIELD_DEFINITION',
  extends: ' on OBJECT | INTERFACE',
  override: '(from: String!, label: String) on FIELD_DEFINITION',
  interfaceObject: ' on OBJECT',
  composeDirective: '(name: String!) repeatable on SCHEMA',
  tag: '(name: String!) repeatable on FIELD_DEFINITION | INTERFACE | OBJECT | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA',
  inaccessible:
    ' on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR | INPUT_OBJECT | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION',
  authenticated: ' on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM',
  requiresScopes: '(scopes: [[Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM',
  policy: '(policies: [[Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM',
  context: '(name: String!) repeatable on INTERFACE | OBJECT | UNION',
  fromContext: '(field: ContextFieldValue) on ARGUMENT_DEFINITION',
  cost: '(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR',
  listSize:
    '(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION',
};

const scalars = ['FieldSet', 'Scope', 'Policy', 'ContextFieldValue'] as const;

const linkDefinitions = `
directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }`;

/**
 * The definitions that a document of a subgraph uses and leaves out, under the names that its `@link` gives them.
 *
 * What it defines itself is left to it.
 */
export function federationDefinitions(document: DocumentNode): DocumentNode {
  const link = federationLinkIn(document);
  const scalarName = (name: string) => linkedName(link, name);
  const texts = [
    linkDefinitions,
    ...scalars.map(name => `scalar ${scalarName(name)}`),
    ...Object.entries(directives).map(([name, rest]) => {
      const renamed = rest.replace(/\b(FieldSet|Scope|Policy|ContextFieldValue)\b(?=!|\))/g, scalarName);
      return `directive @${linkedName(link, `@${name}`).slice(1)}${renamed}`;
    }),
  ];
  const own = new Set(document.definitions.flatMap(definition => keyOf(definition) ?? []));
  const { definitions } = parse(texts.join('\n'), { noLocation: true });
  return {
    kind: Kind.DOCUMENT,
    definitions: definitions.filter(definition => !own.has(keyOf(definition) ?? '')),
  };
}

/** Tells directives and types of one name apart. */
function keyOf(definition: DocumentNode['definitions'][number]): string | undefined {
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) return `@${definition.name.value}`;
  if (!definition.kind.endsWith('TypeDefinition') || !('name' in definition)) return undefined;
  return definition.name?.value;
}
