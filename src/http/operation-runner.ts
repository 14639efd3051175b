import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayError } from '../errors.ts';
import type { RequestFacts } from '../graphql/context.ts';
import type { OperationPlans, PlanResult } from '../graphql/plans/operation-plan.ts';
import type { DeltaWriter } from '../graphql/plans/projection.ts';
import { createRunTap, type RunTap } from '../graphql/plans/run-tap.ts';
import {
  acceptTraits,
  type Carrier,
  type OperationParams,
  type RefusedOperation,
  unknownOperation,
} from './accept-operation.ts';
import type { ExecutedResult } from './execution-result.ts';

/** What is needed of a Yoga: its Envelop pipeline, with all its plugins. */
export interface GraphqlHost {
  getEnveloped(context: { requestFacts: RequestFacts }): EnvelopedHost;
}

export interface EnvelopedHost {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute(args: ExecutionInput): unknown;
  subscribe(args: ExecutionInput): unknown;
}

export interface ExecutionInput {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

export interface PreparedOperation {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** Present where the deltas of this subscription may be written without execution. */
  readonly tapped?: { readonly tap: RunTap; readonly writeDelta: DeltaWriter };
  /** Builds the context and executes. */
  run(): Promise<ExecutedResult | AsyncIterable<ExecutedResult>>;
  /** The same, in the two steps that a protocol library takes. */
  contextValue(): unknown;
  readonly input: Omit<ExecutionInput, 'contextValue'>;
  readonly host: EnvelopedHost;
}

/** An operation that must not come this way, one that is wrong, or one that is ready. */
export type Preparation =
  | { readonly refused: RefusedOperation }
  | { readonly errors: readonly GraphQLError[] | readonly GatewayError[] }
  | PreparedOperation;

/** Takes accepted operations through the host's pipeline, the same for HTTP and WebSocket. */
export interface OperationRunner {
  /** @param takesDeltas Whether the carrier writes deltas itself. */
  prepare(carrier: Carrier, params: OperationParams, facts: RequestFacts, takesDeltas: boolean): Preparation;
  readonly mapError: (error: unknown) => unknown;
}

export interface OperationRunnerOptions {
  readonly host: GraphqlHost;
  readonly plans: OperationPlans;
  /** Turns what an executor threw into what a caller may see. */
  readonly mapError: (error: unknown) => unknown;
}

/** Makes the runner over a host. It never throws: what parsing and validation find wrong comes back as data. */
export function createOperationRunner({ host, plans, mapError }: OperationRunnerOptions): OperationRunner {
  function readPlan(enveloped: EnvelopedHost, query: string): PlanResult {
    try {
      return plans.read(enveloped, query);
    } catch (error) {
      return { errors: [mapError(error) as GraphQLError] };
    }
  }

  return {
    mapError,
    prepare(carrier, params, facts, takesDeltas) {
      const context: { requestFacts: RequestFacts } = { requestFacts: facts };
      const enveloped = host.getEnveloped(context);
      const read = readPlan(enveloped, params.query);
      if ('errors' in read) return read;
      const operation = read.plan.operation(params.operationName);
      if (operation === undefined) return { errors: [unknownOperation.error] };
      const refused = acceptTraits(carrier, operation);
      if (refused !== undefined) return { refused };
      const writeDelta = takesDeltas ? operation.projection?.(params.variables) : undefined;
      const tapped = writeDelta === undefined ? undefined : { tap: createRunTap(), writeDelta };
      if (tapped !== undefined) context.requestFacts = { ...facts, runTap: tapped.tap };
      const input = {
        schema: enveloped.schema,
        document: read.plan.document,
        variableValues: params.variables,
        operationName: params.operationName,
      };
      return {
        type: operation.type,
        ...(tapped === undefined ? {} : { tapped }),
        input,
        host: enveloped,
        contextValue: () => enveloped.contextFactory(),
        async run() {
          const contextValue = await enveloped.contextFactory();
          const execute = operation.type === 'subscription' ? enveloped.subscribe : enveloped.execute;
          return (await execute({ ...input, contextValue })) as ExecutedResult | AsyncIterable<ExecutedResult>;
        },
      };
    },
  };
}
