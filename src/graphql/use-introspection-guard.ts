import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQLContext } from './context.ts';
import type { ErrorMapper } from './errors.ts';
import { measureDocument } from './limits/measure-document.ts';

const introspectionFields: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Tells the schema to callers with a credential only: an operation with `__schema` or `__type` is UNAUTHENTICATED
 * without one, whole.
 */
export function useIntrospectionGuard(mapError: ErrorMapper): Plugin {
  const known = new WeakMap<DocumentNode, boolean>();

  function asksForSchema(document: DocumentNode): boolean {
    let asks = known.get(document);
    if (asks === undefined) {
      const { operations, rootFields } = measureDocument(document);
      asks = operations.some(operation => rootFields(operation).some(name => introspectionFields.has(name)));
      known.set(document, asks);
    }
    return asks;
  }

  return {
    async onExecute({ args, setResultAndStopExecution }) {
      if (!asksForSchema(args.document)) return;
      try {
        const { governance } = args.contextValue as unknown as GraphQLContext;
        await governance.principal();
      } catch (fault) {
        setResultAndStopExecution({ errors: [mapError(fault)] });
      }
    },
  };
}
