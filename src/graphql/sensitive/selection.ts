import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { MarkedFields } from './marked-fields.ts';

/** What stands under one name of an answer, whichever of the fields that share the name it comes from. */
export interface SelectedField {
  readonly type: GraphQLOutputType;
  /** Whether one of them is sensitive. */
  readonly isSensitive: boolean;
  /** What is selected below. */
  readonly below: Selection;
}

/** An object of an answer, as it is selected. */
export interface Selection {
  /** The field under a name; undefined where no field of the document stands there, and for introspection. */
  field(name: string): SelectedField | undefined;
}

interface Part {
  readonly type: GraphQLCompositeType;
  readonly selections: SelectionSetNode;
}

/**
 * What an operation selects, by the names of its answer; conditions are taken to hold.
 *
 * Nothing is expanded before an answer has something there, so that it costs no more than the answer is large.
 */
export function selectionIn(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  marked: MarkedFields,
): Selection | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation == null ? undefined : schema.getRootType(operation.operation);
  if (operation == null || root == null) return undefined;
  const fragments = new Map(
    document.definitions
      .filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map(fragment => [fragment.name.value, fragment]),
  );
  return selectionOf(schema, fragments, marked, [{ type: root, selections: operation.selectionSet }]);
}

function selectionOf(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  marked: MarkedFields,
  parts: readonly Part[],
): Selection {
  let fields: ReadonlyMap<string, SelectedField> | undefined;

  function collect(): ReadonlyMap<string, SelectedField> {
    const found = new Map<string, { type: GraphQLOutputType; isSensitive: boolean; parts: Part[] }>();
    const seen = new Set<string>();

    function take({ type, selections }: Part): void {
      for (const node of selections.selections) {
        if (node.kind === Kind.FIELD) {
          const definition =
            isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
          if (definition === undefined) continue;
          const name = (node.alias ?? node.name).value;
          const known = found.get(name) ?? { type: definition.type, isSensitive: false, parts: [] };
          known.isSensitive ||= marked.isField(type.name, definition.name);
          const inner = getNamedType(definition.type);
          if (node.selectionSet !== undefined && isCompositeType(inner)) {
            known.parts.push({ type: inner, selections: node.selectionSet });
          }
          found.set(name, known);
          continue;
        }
        const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
        if (fragment === undefined) continue;
        const condition = fragment.typeCondition?.name.value;
        const inner = condition === undefined ? type : schema.getType(condition);
        if (!isCompositeType(inner)) continue;
        // Once for each type: what a fragment without a condition selects hangs on where it stands.
        const key = node.kind === Kind.FRAGMENT_SPREAD ? `${node.name.value} ${inner.name}` : undefined;
        if (key !== undefined && seen.has(key)) continue;
        if (key !== undefined) seen.add(key);
        take({ type: inner, selections: fragment.selectionSet });
      }
    }

    for (const part of parts) take(part);
    return new Map(
      [...found].map(([name, { type, isSensitive, parts: below }]) => [
        name,
        { type, isSensitive, below: selectionOf(schema, fragments, marked, below) },
      ]),
    );
  }

  return {
    field(name) {
      fields ??= collect();
      return fields.get(name);
    },
  };
}
