import type { Plugin } from '@envelop/core';
import {
  type ExecutionArgs,
  execute,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getOperationAST,
  subscribe,
} from 'graphql';
import { GatewayError } from '../errors.ts';
import type { ErrorMapper } from './errors.ts';
import { measureDocument } from './limits/measure-document.ts';

export interface OwnExecutionOptions {
  /** Whether a root field is one that was added to the schema of the host. Undefined: nothing was. */
  readonly isOwn: () => ((name: string) => boolean) | undefined;
  readonly mapError: ErrorMapper;
}

type Judgement = 'HOST' | 'OWN' | 'BOTH';

/**
 * Executes operations on added fields alone where the host executes by something else than its schema's resolvers, such
 * as the plan of a federated gateway, which knows nothing of them.
 *
 * Such a host is known by this: none of its own root fields has a resolver.
 */
export function useOwnExecution({ isOwn, mapError }: OwnExecutionOptions): Plugin {
  const foreign = new WeakMap<GraphQLSchema, boolean>();

  function judge({ schema, document, operationName }: ExecutionArgs): Judgement {
    const own = isOwn();
    if (own === undefined) return 'HOST';
    const isForeign = foreign.get(schema) ?? !rootFields(schema).some(field => !own(field.name) && hasResolver(field));
    foreign.set(schema, isForeign);
    const operation = isForeign ? getOperationAST(document, operationName) : undefined;
    if (operation == null) return 'HOST';
    const names = measureDocument(document).rootFields(operation);
    const ofHost = names.filter(name => !own(name) && !name.startsWith('__'));
    if (ofHost.length === 0) return 'OWN';
    return names.some(own) ? 'BOTH' : 'HOST';
  }

  function refuse(stop: (result: { readonly errors: readonly unknown[] }) => void): void {
    const message = 'Fields of Tollgate cannot stand beside others in one operation here; send two.';
    stop({ errors: [mapError(new GatewayError('BAD_USER_INPUT', message))] });
  }

  return {
    onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const judgement = judge(args);
      if (judgement === 'OWN') setExecuteFn(execute);
      if (judgement === 'BOTH') refuse(setResultAndStopExecution as never);
    },
    onSubscribe({ args, setSubscribeFn }) {
      if (judge(args) === 'OWN') setSubscribeFn(subscribe);
    },
  };
}

function rootFields(schema: GraphQLSchema): readonly GraphQLField<unknown, unknown>[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root: GraphQLObjectType | null | undefined) => Object.values(root?.getFields() ?? {}));
}

function hasResolver({ resolve, subscribe: subscribes }: GraphQLField<unknown, unknown>): boolean {
  return resolve !== undefined || subscribes !== undefined;
}
