import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { errorExtensions } from '../graphql/errors.ts';
import { holdsPrompt } from '../graphql/plans/operation-plan.ts';
import type { SchemaNames } from '../graphql/rename-schema.ts';
import { standaloneNames } from '../graphql/schema.ts';
import {
  acceptContentType,
  acceptOperation,
  acceptTraits,
  type Carrier,
  type OperationHeaders,
  type RefusedOperation,
} from './accept-operation.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

export interface AcceptedOperationsOptions {
  /** The prefixes that the schema was built with. Default: both empty. */
  readonly names?: SchemaNames;
  /**
   * Whether a request may have the members alone that this package's own server knows, and no batches. Default true;
   * false for a host that takes others, such as persisted documents.
   */
  readonly checksMembers?: boolean;
  /** The documents that callers may name by id, asked at each operation; members are checked then. Default: none. */
  readonly documents?: () => TrustedDocuments | undefined;
}

/** Holds a Yoga that is served by itself to what this package's own server takes: `acceptOperation` decides for both. */
export function useAcceptedOperations({
  names = standaloneNames,
  checksMembers = true,
  documents,
}: AcceptedOperationsOptions = {}): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      const refused = acceptContentType(headersOf(request));
      if (refused === undefined) return;
      const body = JSON.stringify({ errors: [asGraphQLError(refused)] });
      endResponse(
        new fetchAPI.Response(body, { status: refused.status, headers: { 'content-type': 'application/json' } }),
      );
    },
    onParams({ params, request, setParams }) {
      if (!checksMembers) return;
      const message = request.method === 'GET' ? { ...params, ...documentIdIn(request) } : params;
      const accepted = acceptOperation(headersOf(request), message, documents?.());
      // Thrown, since Yoga goes on to look at the members of what has a result already.
      if ('error' in accepted) throw asGraphQLError(accepted);
      setParams({ ...accepted.params });
    },
    onExecute({ args, setResultAndStopExecution }) {
      const { request } = args.contextValue as { readonly request?: Request };
      const operation = getOperationAST(args.document, args.operationName);
      if (request?.method !== 'GET' || operation == null) return;
      const carriesPrompt = holdsPrompt(args.schema as GraphQLSchema, args.document, names);
      const refused = acceptTraits('GET', { type: operation.operation, carriesPrompt });
      if (refused !== undefined) setResultAndStopExecution({ errors: [asGraphQLError(refused)] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const { request } = args.contextValue as { readonly request?: Request };
      if (request?.method !== 'GET') return;
      const refused = acceptTraits('GET', { type: 'subscription', carriesPrompt: true });
      if (refused !== undefined) setResultAndStopExecution({ errors: [asGraphQLError(refused)] });
    },
  };
}

/** Yoga takes no other members out of a query string than the usual four. */
function documentIdIn({ url }: Request): { readonly documentId?: string } {
  const documentId = new URL(url, 'http://localhost').searchParams.get('documentId');
  return documentId === null ? {} : { documentId };
}

function headersOf({ method, headers }: Request): OperationHeaders {
  const carrier: Carrier = method === 'GET' ? 'GET' : 'POST';
  return {
    method: carrier,
    contentType: headers.get('content-type') ?? undefined,
    accept: headers.get('accept') ?? undefined,
  };
}

function asGraphQLError({ status, error }: RefusedOperation): GraphQLError {
  return new GraphQLError(error.message, { extensions: { ...errorExtensions(error), http: { status } } });
}
