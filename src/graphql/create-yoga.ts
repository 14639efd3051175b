import type { DocumentNode } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { AccessControl } from '../identity/access-control.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import { createGovernance, type GovernanceOptions, type GraphQLContext, type RequestFacts } from './context.ts';
import { createDocumentMemory } from './document-memory.ts';
import { createErrorMapper, type ErrorLog, type ErrorMapper } from './errors.ts';
import { buildTollgateSubgraph, type FederationOptions } from './federation/tollgate-subgraph.ts';
import type { OperationLimits } from './limits/operation-limits.ts';
import { useOperationLimits } from './limits/use-operation-limits.ts';
import { prefixedField, type SchemaNames } from './rename-schema.ts';
import { bearerOf, factsOf, findRequest } from './request-facts.ts';
import { standaloneNames } from './schema.ts';
import { useErrorMapping } from './use-error-mapping.ts';
import { useGovernanceContext } from './use-governance-context.ts';
import { useIntrospectionGuard } from './use-introspection-guard.ts';
import { useJsonOnly } from './use-json-only.ts';

/** What a transport that calls `getEnveloped` itself hands over; by HTTP through Yoga it is read from the request. */
export interface TollgateServerContext {
  readonly requestFacts?: RequestFacts;
}

export interface TollgateYogaOptions extends GovernanceOptions {
  /** Default: both prefixes empty. */
  readonly names?: SchemaNames;
  /** What a federated router finds beside the public schema. Default: its entities alone. */
  readonly federation?: FederationOptions;
  /** Where the one line behind a masked error goes. Default: nowhere. */
  readonly log?: ErrorLog;
  /**
   * Tells the schema to callers with a credential only: no introspection for others, and no suggestions of names in
   * errors for anybody. Default false.
   */
  readonly hidesSchema?: boolean;
  /** How large one document may be; absent members as in `defaultOperationLimits`. */
  readonly limits?: Partial<OperationLimits>;
  /** They run after the limits and before execution. */
  readonly plugins?: readonly Plugin[];
  /** Default `/graphql`. */
  readonly graphqlEndpoint?: string;
}

export interface TollgateYoga {
  readonly yoga: YogaServerInstance<TollgateServerContext, GraphQLContext>;
  readonly mapError: ErrorMapper;
}

/**
 * The one Yoga instance that holds the schema and the plugins, for every transport.
 *
 * By HTTP it takes JSON by POST, and queries by GET; no batches, no forms, no GraphiQL and no CORS headers of its own.
 */
export function createTollgateYoga(options: TollgateYogaOptions): TollgateYoga {
  const { names = standaloneNames, log, hidesSchema = false, limits, plugins = [] } = options;
  const mapError = createErrorMapper({ hideSuggestions: hidesSchema, ...(log === undefined ? {} : { log }) });
  const schema = buildTollgateSubgraph({ ...options.federation, names });
  const parsed = createDocumentMemory<DocumentNode>({ schema, names });
  const documentCache = {
    get: parsed.get,
    set: (source: string, document: DocumentNode) => parsed.set(source, document, document),
  };
  const yoga = createYoga<TollgateServerContext, GraphQLContext>({
    schema,
    graphqlEndpoint: options.graphqlEndpoint ?? '/graphql',
    plugins: [
      useGovernanceContext((context: TollgateServerContext) =>
        createGovernance(options, context.requestFacts ?? readFacts(context, options.access)),
      ),
      useJsonOnly(),
      useErrorMapping(mapError),
      useOperationLimits({ ...limits, paidFields: [prefixedField('complete', names)] }),
      ...(hidesSchema ? [useIntrospectionGuard(mapError)] : []),
      ...plugins,
    ],
    maskedErrors: { maskError: error => mapError(error) },
    // A refused document is not kept either: its text may be a prompt.
    parserAndValidationCache: { documentCache, errorCache: { get: () => undefined, set() {} } },
    batching: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    cors: false,
    // Yoga would log the errors that are masked, with what they hold.
    logging: false,
  });
  return { yoga, mapError };
}

function readFacts(context: object, access: AccessControl): RequestFacts {
  const request = findRequest(context);
  return { ...factsOf(request), principal: () => authenticateBearer(access, bearerOf(request)) };
}
