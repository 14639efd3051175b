import type { DefinitionNode, DocumentNode, NameNode } from 'graphql';
import { Kind, visit } from 'graphql';

/** Names that keep the schema apart from that of a server which has its own. Empty: as in `schema/*.graphql`. */
export interface SchemaNames {
  /** Stands before every type, input, enum and scalar: `Ai` makes `AiCompletion`. */
  readonly typePrefix: string;
  /** Stands before root fields only: `ai` makes `aiComplete`. */
  readonly fieldPrefix: string;
  /** Whether this is a subgraph: PageInfo, which subgraphs share, then keeps its name. Default false. */
  readonly isSubgraph?: boolean;
}

const rootTypes: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);
const builtInScalars: ReadonlySet<string> = new Set(['ID', 'String', 'Int', 'Float', 'Boolean']);
const validPrefix = /^(?:[A-Za-z][A-Za-z0-9_]{0,31})?$/;

/**
 * Checks both prefixes.
 *
 * @throws {TypeError} That names the option.
 */
export function checkSchemaNames(names: SchemaNames): SchemaNames {
  for (const option of ['typePrefix', 'fieldPrefix'] as const) {
    if (!validPrefix.test(names[option])) {
      throw new TypeError(`names.${option}: a letter, then letters, digits and _, at most 32; or empty`);
    }
  }
  return names;
}

/** The name of one of our types under these names; root types, built-in scalars and federation's own keep theirs. */
export function prefixedType(name: string, { typePrefix, isSubgraph = false }: SchemaNames): string {
  const isShared = isSubgraph && name === 'PageInfo';
  const keepsItsName = isShared || rootTypes.has(name) || builtInScalars.has(name) || name.includes('__');
  return keepsItsName ? name : `${typePrefix}${name}`;
}

/** The name of one of our root fields under these names. */
export function prefixedField(name: string, { fieldPrefix }: SchemaNames): string {
  return fieldPrefix === '' ? name : `${fieldPrefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The public schema under other names: definitions, references and root fields. */
export function renameSchema(document: DocumentNode, names: SchemaNames): DocumentNode {
  if (names.typePrefix === '' && names.fieldPrefix === '') return document;
  return visit(document, {
    NamedType: node => ({ ...node, name: renamed(node.name, prefixedType(node.name.value, names)) }),
    enter(node) {
      if (!('name' in node) || !isTypeDefinition(node.kind)) return undefined;
      const definition = node as DefinitionNode & { readonly name: NameNode };
      if (rootTypes.has(definition.name.value) && 'fields' in definition) {
        const fields = (definition.fields ?? []).map(field => ({
          ...field,
          name: renamed(field.name, prefixedField(field.name.value, names)),
        }));
        return { ...definition, fields };
      }
      return { ...definition, name: renamed(definition.name, prefixedType(definition.name.value, names)) };
    },
  });
}

function isTypeDefinition(kind: string): boolean {
  return kind !== Kind.DIRECTIVE_DEFINITION && (kind.endsWith('TypeDefinition') || kind.endsWith('TypeExtension'));
}

function renamed(node: NameNode, value: string): NameNode {
  return { ...node, value };
}
