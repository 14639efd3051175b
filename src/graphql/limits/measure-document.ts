import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import { GatewayError } from '../../errors.ts';
import { isPageList, lengthOfList, lengthOfPage } from './list-lengths.ts';

/** The size of a selection, fragments counted as often as they are spread. */
export interface SelectionSize {
  /** Fields and fragments. */
  readonly selections: number;
  /** Fields and fragments that have selections of their own. */
  readonly branches: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields inside fields, without what is below `__schema` and `__type`. */
  readonly depth: number;
  readonly introspectionDepth: number;
  /** Objects that the answer may hold, without those of `entryObjects`. */
  readonly objects: number;
  /** Objects of one entry of the pages selected here: how many entries there are is said by the field around them. */
  readonly entryObjects: number;
}

const nothing: SelectionSize = {
  selections: 0,
  branches: 0,
  aliases: 0,
  directives: 0,
  depth: 0,
  introspectionDepth: 0,
  objects: 0,
  entryObjects: 0,
};

/** Measures the operations of one document; every fragment is measured once. */
export interface DocumentMeter {
  readonly operations: readonly OperationDefinitionNode[];
  /** Validation looks into those too that no operation spreads. */
  readonly fragments: readonly FragmentDefinitionNode[];
  sizeOf(selections: SelectionSetNode): SelectionSize;
  /**
   * The names of an operation's root fields, those in fragments included, as often as they are selected. Takes as long
   * as the operation has selections: check those first.
   */
  rootFields(operation: OperationDefinitionNode): readonly string[];
}

/**
 * Linear in the document, which must be nested no deeper than the call stack bears: `checkSource` sees to that.
 *
 * @throws {GatewayError} BAD_USER_INPUT, from the meter, for a cycle of fragments.
 */
export function measureDocument(document: DocumentNode): DocumentMeter {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const measured = new Map<string, SelectionSize>();
  const open = new Set<string>();

  function sizeOfFragment(name: string): SelectionSize {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return nothing;
    if (open.has(name)) throw new GatewayError('BAD_USER_INPUT', 'The fragments of the document form a cycle.');
    open.add(name);
    const size = sizeOf(fragment.selectionSet);
    open.delete(name);
    measured.set(name, size);
    return size;
  }

  function sizeOf({ selections }: SelectionSetNode): SelectionSize {
    let {
      selections: count,
      branches,
      aliases,
      directives,
      depth,
      introspectionDepth,
      objects,
      entryObjects,
    } = nothing;
    for (const selection of selections) {
      directives += selection.directives?.length ?? 0;
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD ? sizeOfFragment(selection.name.value) : innerSize(selection);
      count += inner.selections + 1;
      branches += inner.branches + (inner.selections > 0 ? 1 : 0);
      aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0);
      directives += inner.directives;
      if (!isField) {
        objects += inner.objects;
        entryObjects += inner.entryObjects;
      } else if (selection.selectionSet !== undefined) {
        const own = 1 + inner.objects + lengthOfPage(selection) * inner.entryObjects;
        if (isPageList(selection.name.value)) entryObjects += own;
        else objects += lengthOfList(selection.name.value) * own;
      }
      const isIntrospection = isField && (selection.name.value === '__schema' || selection.name.value === '__type');
      const deeper = Math.max(inner.depth, isIntrospection ? inner.introspectionDepth : 0) + (isField ? 1 : 0);
      if (isIntrospection) introspectionDepth = Math.max(introspectionDepth, deeper);
      else {
        depth = Math.max(depth, deeper);
        introspectionDepth = Math.max(introspectionDepth, inner.introspectionDepth);
      }
    }
    return { selections: count, branches, aliases, directives, depth, introspectionDepth, objects, entryObjects };
  }

  function innerSize(node: { readonly selectionSet?: SelectionSetNode | undefined }): SelectionSize {
    return node.selectionSet === undefined ? nothing : sizeOf(node.selectionSet);
  }

  function rootFieldsIn({ selections }: SelectionSetNode): readonly string[] {
    return selections.flatMap(selection => {
      if (selection.kind === Kind.FIELD) return [selection.name.value];
      if (selection.kind === Kind.INLINE_FRAGMENT) return rootFieldsIn(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      return fragment === undefined ? [] : rootFieldsIn(fragment.selectionSet);
    });
  }

  return {
    operations,
    fragments: [...fragments.values()],
    sizeOf,
    rootFields: operation => rootFieldsIn(operation.selectionSet),
  };
}
