import {
  BREAK,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { createBoundedMap } from '../model/bounded-map.ts';
import { prefixedType, type SchemaNames } from './rename-schema.ts';

/** What was found out about documents, by their text. */
export interface DocumentMemory<T> {
  /** Counts as a use. */
  get(source: string): T | undefined;
  /** Keeps the value, unless the document is too long or a prompt may stand in it. */
  set(source: string, document: DocumentNode, value: T): void;
}

export interface DocumentMemoryOptions {
  readonly schema: GraphQLSchema;
  readonly names: SchemaNames;
  /** The most documents that are remembered; the one that was unused longest goes. Default 1,000. */
  readonly maxDocuments?: number | undefined;
  /** Longer documents are not remembered, in UTF-16 units. Default 16,384. */
  readonly maxLength?: number | undefined;
}

/** Remembers documents of a schema; never one with a prompt in it, which must not outlive its request. */
export function createDocumentMemory<T>(options: DocumentMemoryOptions): DocumentMemory<T> {
  const { schema, names, maxDocuments = 1_000, maxLength = 16_384 } = options;
  const remembered = createBoundedMap<string, T>(maxDocuments);
  return {
    get: source => remembered.get(source),
    set(source, document, value) {
      if (source.length > maxLength || holdsText(schema, document, names)) return;
      remembered.set(source, value);
    },
  };
}

/** Members of CompleteInput whose strings are names and no content. */
const namingMembers: ReadonlySet<string> = new Set(['model', 'fallbackModels', 'workload']);

/**
 * Whether a string stands in the document itself that may be a prompt: any but the names and prices that a request is
 * routed by. Judged by the schema's types, so that a document which is not valid hides nothing in a name's place.
 */
function holdsText(schema: GraphQLSchema, document: DocumentNode, names: SchemaNames): boolean {
  const promptType = prefixedType('CompleteInput', names);
  const routingTypes = new Set([prefixedType('RoutingInput', names), prefixedType('MaxPriceInput', names)]);
  const typeInfo = new TypeInfo(schema);
  /** Of the object fields around a value, innermost last, whether their strings are names. */
  const areNames: boolean[] = [];
  let isFound = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      ObjectField: {
        enter({ name }) {
          const parent = getNamedType(typeInfo.getParentInputType())?.name ?? '';
          areNames.push(routingTypes.has(parent) || (parent === promptType && namingMembers.has(name.value)));
        },
        leave() {
          areNames.pop();
        },
      },
      StringValue() {
        if (areNames.at(-1) === true) return undefined;
        isFound = true;
        return BREAK;
      },
    }),
  );
  return isFound;
}
