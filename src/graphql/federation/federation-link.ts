import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind } from 'graphql';

/** How a document names what it takes from federation. */
export interface FederationLink {
  /** What stands before names that are not imported: `federation__key`. */
  readonly namespace: string;
  /** The names in the document by those of the specification; directives with their `@`. */
  readonly imports: ReadonlyMap<string, string>;
  /** Where it says so. */
  readonly directive: ConstDirectiveNode;
}

const federationUrl = /^https:\/\/specs\.apollo\.dev\/federation\/v2\.\d+$/;

/** Reads the `@link` to federation 2 out of a document. Undefined: it has none. */
export function federationLinkIn(document: DocumentNode): FederationLink | undefined {
  for (const directive of schemaDirectives(document)) {
    if (directive.name.value !== 'link') continue;
    const url = argumentOf(directive, 'url');
    if (url?.kind !== Kind.STRING || !federationUrl.test(url.value)) continue;
    const as = argumentOf(directive, 'as');
    const imported = argumentOf(directive, 'import');
    return {
      directive,
      namespace: as?.kind === Kind.STRING ? as.value : 'federation',
      imports: new Map(imported?.kind === Kind.LIST ? imported.values.flatMap(importOf) : []),
    };
  }
  return undefined;
}

/** The name in a document of what the specification calls `@key` or `FieldSet`. */
export function linkedName(link: FederationLink | undefined, name: string): string {
  if (link === undefined) return name.startsWith('@') ? name : `federation__${name}`;
  const imported = link.imports.get(name);
  if (imported !== undefined) return imported;
  return name.startsWith('@') ? `@${link.namespace}__${name.slice(1)}` : `${link.namespace}__${name}`;
}

/** The directives on the schema itself, wherever in the document they stand. */
function schemaDirectives(document: DocumentNode): readonly ConstDirectiveNode[] {
  return document.definitions.flatMap(definition =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find(argument => argument.name.value === name)?.value;
}

/** `"@key"`, or `{ name: "@key", as: "@id" }`. */
function importOf(value: ConstValueNode): readonly (readonly [string, string])[] {
  if (value.kind === Kind.STRING) return [[value.value, value.value]];
  if (value.kind !== Kind.OBJECT) return [];
  const member = (name: string) => {
    const found = value.fields.find(field => field.name.value === name)?.value;
    return found?.kind === Kind.STRING ? found.value : undefined;
  };
  const name = member('name');
  return name === undefined ? [] : [[name, member('as') ?? name]];
}
