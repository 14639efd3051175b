import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { createDocumentMemory, type DocumentMemory } from '../document-memory.ts';
import { prefixedType, type SchemaNames } from '../rename-schema.ts';
import { type CompiledProjection, compileProjection } from './projection.ts';

/** All that can be known of a document before its variables are. */
export interface OperationPlan {
  readonly document: DocumentNode;
  /**
   * The operation with this name, or the only one.
   *
   * @returns Undefined where there is none, or more than one and no name.
   */
  operation(name: string | undefined): PlannedOperation | undefined;
}

export interface PlannedOperation {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** Whether an argument of it holds a prompt. */
  readonly carriesPrompt: boolean;
  /** Present where it is a subscription to `complete` whose deltas can be written without executing anything. */
  readonly projection?: CompiledProjection;
}

/** Parses and validates as the host does, plugins included. */
export interface DocumentReader {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
}

export type PlanResult = { readonly plan: OperationPlan } | { readonly errors: readonly GraphQLError[] };

/** The plans of a process, by schema and by the text of the document. */
export interface OperationPlans {
  /** The plan of a document: read once, then found. Documents with errors are not kept. Throws what `parse` throws. */
  read(reader: DocumentReader, query: string): PlanResult;
}

export interface OperationPlansOptions {
  readonly names: SchemaNames;
  /** The most plans that are kept; the one that was unused longest goes. Default 1,000. */
  readonly maxPlans?: number;
  /** Longer documents are read anew each time, in UTF-16 units. Default 16,384. */
  readonly maxKeptLength?: number;
}

/** Keeps what is costly to find out about documents: validation alone takes ten times an execution. */
export function createOperationPlans(options: OperationPlansOptions): OperationPlans {
  const { names, maxPlans, maxKeptLength } = options;
  const bySchema = new WeakMap<GraphQLSchema, DocumentMemory<OperationPlan>>();

  function plansOf(schema: GraphQLSchema): DocumentMemory<OperationPlan> {
    let plans = bySchema.get(schema);
    if (plans === undefined) {
      plans = createDocumentMemory({ schema, names, maxDocuments: maxPlans, maxLength: maxKeptLength });
      bySchema.set(schema, plans);
    }
    return plans;
  }

  return {
    read(reader, query) {
      const plans = plansOf(reader.schema);
      const known = plans.get(query);
      if (known !== undefined) return { plan: known };
      const document = reader.parse(query);
      const errors = reader.validate(reader.schema, document);
      if (errors.length > 0) return { errors };
      const plan = planDocument(reader.schema, document, names);
      plans.set(query, document, plan);
      return { plan };
    },
  };
}

function planDocument(schema: GraphQLSchema, document: DocumentNode, names: SchemaNames): OperationPlan {
  const operations = document.definitions.filter(node => node.kind === Kind.OPERATION_DEFINITION);
  const carriesPrompt = holdsPrompt(schema, document, names);
  const planned = new Map(
    operations.map(node => [node.name?.value, planOperation(schema, document, node, names, carriesPrompt)]),
  );
  const only = operations.length === 1 ? planned.values().next().value : undefined;
  return { document, operation: name => (name === undefined ? only : planned.get(name)) };
}

function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  node: OperationDefinitionNode,
  names: SchemaNames,
  carriesPrompt: boolean,
): PlannedOperation {
  const projection = node.operation === 'subscription' ? compileProjection(schema, document, node, names) : undefined;
  return { type: node.operation, carriesPrompt, ...(projection === undefined ? {} : { projection }) };
}

/** Judged by the schema's types, for the whole document: never by the names that a client gave its variables. */
export function holdsPrompt(schema: GraphQLSchema, document: DocumentNode, names: SchemaNames): boolean {
  const promptType = prefixedType('CompleteInput', names);
  const typeInfo = new TypeInfo(schema);
  let isFound = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Argument() {
        const type = getNamedType(typeInfo.getInputType());
        // What a router sends of an entity may be what a contributed field shows a model.
        if (type?.name === promptType || type?.name === '_Any') isFound = true;
      },
    }),
  );
  return isFound;
}
