import { isAsyncIterable, mapAsyncIterator } from '@envelop/core';
import { type DocumentNode, type GraphQLError, type GraphQLSchema, print } from 'graphql';
import { GatewayError } from '../../errors.ts';
import type { Governance, GraphQLContext } from '../context.ts';
import { findRequest } from '../request-facts.ts';
import { inspectThrown } from './inspect-errors.ts';
import { type MarkedFields, markFields } from './marked-fields.ts';
import { findMarkedPlaces, type MarkedPlaces } from './marked-places.ts';
import { type AnswerPart, createAnswerProjector } from './project-increments.ts';
import { type Operation, rewriteOperation } from './rewrite-operation.ts';
import { type Selection, selectionIn } from './selection.ts';

/** What a server hands to its plugins before it executes; it executes what it finds there afterwards. */
export interface Arguments extends Operation {
  readonly schema: GraphQLSchema;
  readonly contextValue?: unknown;
}

/** What everything that comes of an operation goes through. */
export interface Projection {
  /** An answer, or the parts or events of one. */
  outcome(outcome: unknown): unknown;
  /** What was thrown instead. */
  thrown(thrown: unknown): Promise<Error>;
}

/** Guards the sensitive fields of a server, whichever schema an operation is for. */
export interface OperationGuard {
  /** @throws {TypeError} For a coordinate that the schema lacks. */
  check(schema: GraphQLSchema): void;
  /**
   * Rewrites the inputs of an operation in its arguments.
   *
   * @returns Undefined where nothing in it is sensitive.
   * @throws {GatewayError} CONTENT_BLOCKED, and whatever keeps the rules of the caller from being known.
   */
  guard(args: Arguments): Promise<Projection | undefined>;
}

export interface OperationGuardOptions {
  /** What is marked beside the fields with `@sensitive`; undefined: those neither. */
  readonly coordinates: () => readonly string[] | undefined;
  /** Whether sensitive inputs are refused in URLs, which end in logs. */
  readonly refusesGet: () => boolean;
  /** Makes what a caller is shown of an outcome that could not be judged. */
  readonly asError: (fault: unknown) => GraphQLError;
}

/** Makes the guard of one server; what is marked is asked for once for each schema. */
export function createOperationGuard({ coordinates, refusesGet, asError }: OperationGuardOptions): OperationGuard {
  const bySchema = new WeakMap<GraphQLSchema, MarkedFields>();
  const byDocument = new WeakMap<MarkedFields, WeakMap<DocumentNode, MarkedPlaces>>();

  function markedIn(schema: GraphQLSchema): MarkedFields {
    const marked = bySchema.get(schema) ?? markFields(schema, coordinates());
    bySchema.set(schema, marked);
    return marked;
  }

  function placesIn(schema: GraphQLSchema, document: DocumentNode, marked: MarkedFields): MarkedPlaces {
    const known = byDocument.get(marked) ?? new WeakMap<DocumentNode, MarkedPlaces>();
    byDocument.set(marked, known);
    const places = known.get(document) ?? findMarkedPlaces(schema, document, marked);
    known.set(document, places);
    return places;
  }

  return {
    check: schema => void markedIn(schema),
    async guard(args) {
      const { schema, document } = args;
      const marked = markedIn(schema);
      if (marked.isEmpty) return undefined;
      const { inInput, inAnswer } = placesIn(schema, document, marked);
      if (!inInput && !inAnswer) return undefined;
      if (inInput && refusesGet() && findRequest(args.contextValue ?? {}).method === 'GET') {
        throw new GatewayError(
          'BAD_USER_INPUT',
          'An operation with a sensitive input is not accepted by GET; use POST.',
        );
      }
      const { governance } = (args.contextValue ?? {}) as Partial<GraphQLContext>;
      if (governance === undefined) throw new GatewayError('INTERNAL', 'the operation has no context of governance');
      const { input } = await governance.contentInspection();
      if (inInput && input !== undefined) {
        Object.assign(args, rewriteOperation(schema, args, marked, input));
        forgetParams(args);
      }
      const selection = selectionIn(schema, args.document, args.operationName, marked);
      if (selection === undefined) throw new GatewayError('BAD_USER_INPUT', 'operationName: names no operation.');
      return projectionOf(selection, governance, asError);
    },
  };
}

function projectionOf(
  selection: Selection,
  governance: Governance,
  asError: (fault: unknown) => GraphQLError,
): Projection {
  /** Asked anew for every event, so that a rule that came into force meanwhile holds. */
  const outputRules = async () => (await governance.contentInspection()).output;

  async function thrown(fault: unknown): Promise<Error> {
    try {
      const output = await outputRules();
      return output === undefined ? (fault as Error) : inspectThrown(fault, output);
    } catch (unknownRules) {
      return asError(unknownRules);
    }
  }

  async function rethrow(fault: unknown): Promise<never> {
    throw await thrown(fault);
  }

  return {
    thrown,
    outcome(outcome) {
      const project = createAnswerProjector(selection);
      async function projectPart(part: unknown): Promise<unknown> {
        const output = await outputRules();
        return output === undefined ? part : project(part as AnswerPart, output);
      }
      if (!isAsyncIterable(outcome)) return projectPart(outcome).catch(fault => ({ errors: [asError(fault)] }));
      const shown = (part: unknown) =>
        projectPart(part).catch(fault => {
          throw asError(fault);
        });
      return mapAsyncIterator(outcome, shown, rethrow);
    },
  };
}

/** Yoga leaves the operation as it came in the context, where resolvers find it. */
function forgetParams({ contextValue, document, variableValues }: Arguments): void {
  const { params } = contextValue as { readonly params?: unknown };
  if (typeof params !== 'object' || params === null) return;
  const left = { ...params, query: print(document), variables: variableValues };
  Object.assign(contextValue as object, { params: left });
}
