import type { Plugin } from '@envelop/core';
import type { GraphQLError } from 'graphql';
import { GatewayError } from '../../errors.ts';
import type { ErrorMapper } from '../errors.ts';
import {
  type Arguments,
  createOperationGuard,
  type OperationGuardOptions,
  type Projection,
} from './guard-operation.ts';

export interface SensitiveFieldsOptions extends Omit<OperationGuardOptions, 'asError'> {
  readonly mapError: ErrorMapper;
}

/** What both kinds of operations have in common. */
interface Beginning {
  readonly args: Arguments;
  readonly execute: (args: unknown) => unknown;
  readonly replace: (execute: (args: unknown) => unknown) => void;
  readonly stop: (result: { readonly errors: readonly GraphQLError[] }) => void;
}

/**
 * Applies the content rules to sensitive fields of a server: to inputs by rewriting the operation before anything is
 * executed, to outputs by projecting every part of every answer.
 *
 * Whoever executes, resolvers or the plan of a federated gateway, gets inputs as the rules left them; of plugins, those
 * that stand behind this one do.
 *
 * @throws {TypeError} From the change of the schema, for a coordinate that it lacks.
 */
export function useSensitiveFields({ mapError, ...options }: SensitiveFieldsOptions): Plugin {
  const { check, guard } = createOperationGuard({ ...options, asError });
  const projected = new WeakSet<object>();

  function asError(fault: unknown): GraphQLError {
    if (fault instanceof GatewayError) return mapError(fault);
    return mapError(new GatewayError('INTERNAL', 'Sensitive fields could not be guarded.', { cause: fault }));
  }

  function noted(outcome: unknown): unknown {
    if (typeof outcome === 'object' && outcome !== null) projected.add(outcome);
    return outcome;
  }

  function through(outcome: unknown, projection: Projection): unknown {
    if (typeof outcome === 'object' && outcome !== null && projected.has(outcome)) return outcome;
    const left = projection.outcome(outcome);
    return left instanceof Promise ? left.then(noted) : noted(left);
  }

  /** @returns What outcomes go through once more, behind plugins that put an executing function of their own in place. */
  async function begin({ args, execute, replace, stop }: Beginning) {
    try {
      const projection = await guard(args);
      if (projection === undefined) return undefined;
      replace(async given => {
        let outcome: unknown;
        try {
          outcome = await execute(given);
        } catch (fault) {
          throw await projection.thrown(fault);
        }
        return through(outcome, projection);
      });
      return (outcome: unknown) => through(outcome, projection);
    } catch (fault) {
      stop({ errors: [asError(fault)] });
      return undefined;
    }
  }

  return {
    onSchemaChange: ({ schema }) => check(schema),
    async onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      const again = await begin({
        args: args as Arguments,
        execute: executeFn as Beginning['execute'],
        replace: setExecuteFn as Beginning['replace'],
        stop: setResultAndStopExecution as Beginning['stop'],
      });
      if (again === undefined) return undefined;
      return {
        async onExecuteDone({ result, setResult }) {
          setResult((await again(result)) as typeof result);
        },
      };
    },
    async onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) {
      const again = await begin({
        args: args as Arguments,
        execute: subscribeFn as Beginning['execute'],
        replace: setSubscribeFn as Beginning['replace'],
        stop: setResultAndStopExecution as Beginning['stop'],
      });
      if (again === undefined) return undefined;
      return {
        // Nobody waits for this hook: events are set at once, and a promise is waited for by who subscribed.
        onSubscribeResult({ result, setResult }) {
          setResult(again(result) as typeof result);
        },
      };
    },
  };
}
