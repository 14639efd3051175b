import type { Administration } from '../gateway/administration.ts';
import type { Gateway, RunOptions } from '../gateway/gateway.ts';
import type { AccessControl } from '../identity/access-control.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import type { Endpoint } from '../model/catalog.ts';
import type { Completion, CompletionEvent } from '../model/completion.ts';
import type { HoldMode } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { Exclusion } from '../model/route.ts';
import type { ContentInspection } from '../privacy/inspect-value.ts';
import { collectCompletion } from './collect-completion.ts';
import { inspectFor } from './inspect-for.ts';
import { lateEvents } from './late-events.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { RunTap } from './plans/run-tap.ts';
import type { CompleteInput } from './resolvers.generated.ts';
import { startCompletion } from './start-completion.ts';
import { streamEvents } from './stream-events.ts';

/** What a transport knows of one request. */
export interface RequestFacts {
  /** The key or token that came with it. */
  readonly bearer?: string;
  /** Who asks, where that is known already, as on the command line, or found in another way than by the bearer. */
  readonly principal?: Principal | (() => Principal | Promise<Principal>);
  /** For the log. */
  readonly requestId: string;
  /** The caller's W3C trace context. */
  readonly traceparent?: string;
  /** What runs are booked as having come by. Default: GRAPHQL. */
  readonly entrance?: RunOptions['entrance'];
  /** Whether streams are held until they are whole. Default: as it is configured. */
  readonly hold?: HoldMode;
  /** Aborted when the caller goes. */
  readonly signal: AbortSignal;
  /** Where the transport reads the run of a subscription itself. */
  readonly runTap?: RunTap;
}

export interface GovernanceOptions {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  /** Policies, audit log and kept content, where the gateway has a store for them. */
  readonly administration?: Administration;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/** The gateway as one request sees it. */
export interface Governance extends Omit<RequestFacts, 'bearer' | 'principal'> {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  readonly administration?: Administration;
  readonly loaders: Loaders;
  /**
   * Who asks, established at first use, once.
   *
   * @throws {GatewayError} UNAUTHENTICATED; STORE_UNAVAILABLE where that could not be looked up.
   */
  principal(): Principal | Promise<Principal>;
  /** Why the caller may not use an endpoint now; compiled once per request. */
  exclusions(): Promise<(endpoint: Endpoint) => readonly Exclusion[]>;
  /**
   * What looks at values of the host's own fields: by the content rules that bind the caller, or, where nobody knows who
   * asks, by those of this server's code.
   *
   * @throws {GatewayError} UNAUTHENTICATED where the server has no such rules of its own; POLICY_NOT_ENFORCEABLE;
   *   STORE_UNAVAILABLE.
   */
  contentInspection(): Promise<ContentInspection>;
  /**
   * Runs a completion for a resolver of the host's own, and waits for its end. Every policy and every rule of this
   * server holds. Once the caller has left, the provider is hung up on.
   *
   * @param input As the argument of the mutation `complete`; times in milliseconds, prices in nano-dollars.
   * @returns Whatever became of it: `status` and `error` say so, as in the answer of the mutation.
   * @throws {GatewayError} UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT, NOT_FOUND (model), SHUTTING_DOWN,
   *   STORE_UNAVAILABLE; CANCELLED once the caller has left.
   */
  complete(input: CompleteInput): Promise<Completion>;
  /**
   * The same, as it comes: the events of the subscription `complete`. It begins with the first `next()`, which throws
   * what `complete` throws. Leaving it, by `return()` or out of a `for await`, hangs up on the provider.
   */
  stream(input: CompleteInput): AsyncIterableIterator<CompletionEvent>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface GraphQLContext {
  readonly governance: Governance;
}

/** Makes the context of one request. Nothing is looked up before it is used. */
export function createGovernance(
  { gateway, access, administration, now = Date.now }: GovernanceOptions,
  { bearer, principal: known, ...facts }: RequestFacts,
): Governance {
  const identify = typeof known === 'function' ? known : () => known ?? authenticateBearer(access, bearer);
  let principal: Principal | Promise<Principal> | undefined;
  let exclusions: Promise<(endpoint: Endpoint) => readonly Exclusion[]> | undefined;
  let loaders: Loaders | undefined;

  const governance: Governance = {
    gateway,
    access,
    ...(administration === undefined ? {} : { administration }),
    ...facts,
    now,
    get loaders() {
      loaders ??= createLoaders(governance);
      return loaders;
    },
    principal() {
      principal ??= identify();
      return principal;
    },
    exclusions() {
      exclusions ??= Promise.resolve(governance.principal()).then(caller => gateway.exclusionsFor(caller));
      return exclusions;
    },
    contentInspection: () => inspectFor(governance),
    async complete(input) {
      const run = await startCompletion(governance, input, { stream: false, entrance: 'EMBEDDED' });
      return collectCompletion(run, governance.signal);
    },
    stream: input =>
      lateEvents(async () => {
        const run = await startCompletion(governance, input, { stream: true, entrance: 'EMBEDDED' });
        return streamEvents(run.events, governance.signal);
      }),
  };
  return governance;
}
