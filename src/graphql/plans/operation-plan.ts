import {
  BREAK,
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
  const { names, maxPlans = 1_000, maxKeptLength = 16_384 } = options;
  const bySchema = new WeakMap<GraphQLSchema, Map<string, OperationPlan>>();

  function plansOf(schema: GraphQLSchema): Map<string, OperationPlan> {
    let plans = bySchema.get(schema);
    if (plans === undefined) {
      plans = new Map();
      bySchema.set(schema, plans);
    }
    return plans;
  }

  return {
    read(reader, query) {
      const plans = plansOf(reader.schema);
      const known = plans.get(query);
      if (known !== undefined) {
        plans.delete(query);
        plans.set(query, known);
        return { plan: known };
      }
      const document = reader.parse(query);
      const errors = reader.validate(reader.schema, document);
      if (errors.length > 0) return { errors };
      const plan = planDocument(reader.schema, document, names);
      // A prompt that stands in the document itself must not outlive its request.
      if (query.length <= maxKeptLength && !holdsText(reader.schema, document, names)) {
        plans.set(query, plan);
        for (const oldest of plans.keys()) {
          if (plans.size <= maxPlans) break;
          plans.delete(oldest);
        }
      }
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
        if (type?.name === promptType) isFound = true;
      },
    }),
  );
  return isFound;
}

/** Members of CompleteInput whose strings are names and no content. RoutingInput has no others. */
const namingMembers: ReadonlySet<string> = new Set(['model', 'fallbackModels', 'workload', 'routing']);

/** Whether a string stands in the document itself that may be a prompt: any but the names that a request is routed by. */
function holdsText(schema: GraphQLSchema, document: DocumentNode, names: SchemaNames): boolean {
  const promptType = prefixedType('CompleteInput', names);
  const typeInfo = new TypeInfo(schema);
  let isFound = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      ObjectField({ name }) {
        const parent = getNamedType(typeInfo.getParentInputType());
        return parent?.name === promptType && namingMembers.has(name.value) ? false : undefined;
      },
      StringValue() {
        isFound = true;
        return BREAK;
      },
    }),
  );
  return isFound;
}
