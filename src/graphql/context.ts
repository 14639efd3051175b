import type { Gateway, RunOptions } from '../gateway/gateway.ts';
import type { AccessControl } from '../identity/access-control.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import type { Endpoint } from '../model/catalog.ts';
import type { Principal } from '../model/principal.ts';
import type { Exclusion } from '../model/route.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { RunTap } from './plans/run-tap.ts';

/** What a transport knows of one request. */
export interface RequestFacts {
  /** The key or token that came with it. */
  readonly bearer?: string;
  /** Who asks, where that is known already, as on the command line. */
  readonly principal?: Principal;
  /** For the log. */
  readonly requestId: string;
  /** The caller's W3C trace context. */
  readonly traceparent?: string;
  /** What runs are booked as having come by. Default: GRAPHQL. */
  readonly entrance?: RunOptions['entrance'];
  /** Aborted when the caller goes. */
  readonly signal: AbortSignal;
  /** Where the transport reads the run of a subscription itself. */
  readonly runTap?: RunTap;
}

export interface GovernanceOptions {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/** The gateway as one request sees it. */
export interface Governance extends Omit<RequestFacts, 'bearer' | 'principal'> {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  readonly loaders: Loaders;
  /**
   * Who asks, established at first use, once.
   *
   * @throws {GatewayError} UNAUTHENTICATED; STORE_UNAVAILABLE where that could not be looked up.
   */
  principal(): Principal | Promise<Principal>;
  /** Why the caller may not use an endpoint now; compiled once per request. */
  exclusions(): Promise<(endpoint: Endpoint) => readonly Exclusion[]>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface GraphQLContext {
  readonly governance: Governance;
}

/** Makes the context of one request. Nothing is looked up before it is used. */
export function createGovernance(
  { gateway, access, now = Date.now }: GovernanceOptions,
  { bearer, principal: known, ...facts }: RequestFacts,
): Governance {
  let principal: Principal | Promise<Principal> | undefined = known;
  let exclusions: Promise<(endpoint: Endpoint) => readonly Exclusion[]> | undefined;
  let loaders: Loaders | undefined;

  const governance: Governance = {
    gateway,
    access,
    ...facts,
    now,
    get loaders() {
      loaders ??= createLoaders(governance);
      return loaders;
    },
    principal() {
      principal ??= authenticateBearer(access, bearer);
      return principal;
    },
    exclusions() {
      exclusions ??= Promise.resolve(governance.principal()).then(caller => gateway.exclusionsFor(caller));
      return exclusions;
    },
  };
  return governance;
}
