import type { Administration } from '../src/gateway/administration.ts';
import type { Gateway } from '../src/gateway/gateway.ts';
import type { GatewayObserver } from '../src/gateway/observer.ts';
import type { Governance } from '../src/graphql/context.ts';
import type { ErrorMapper } from '../src/graphql/errors.ts';
import type { FederationOptions } from '../src/graphql/federation/tollgate-subgraph.ts';
import type { CarriedRequest } from '../src/graphql/request-facts.ts';
import type { FetchClasses } from '../src/http/fetch-carrier.ts';
import type { AccessControl } from '../src/identity/access-control.ts';
import type { Principal } from '../src/model/principal.ts';
import type { Rule } from '../src/policy/rule.ts';
import { joinServer } from './server-list.ts';

/** A gateway with what finds out who asks: what `createGateway` gives. */
export interface EmbeddedGateway extends Gateway {
  readonly access: AccessControl;
  /** Policies, audit log and kept content, where it has a store for them. */
  readonly administration?: Administration;
}

/** An option of every plugin. */
export interface GatewayOption {
  /** Default: that of `useGovernance` in the same list of plugins. */
  readonly gateway?: EmbeddedGateway;
}

/** What the plugins of this package are: one for Yoga, and for Envelop alone. */
export interface GovernancePlugin {
  onPluginInit(server: ServerInit): void;
}

/** The server that a plugin is started in, as far as it matters here. */
export interface ServerInit {
  /** The one list of the server, the same for every plugin in it. */
  readonly plugins: readonly object[];
  /** Puts another one behind the plugin that is being started. */
  addPlugin(plugin: object): void;
}

/** Finds out who asks, when that is first needed. */
export type Identify = (
  request: CarriedRequest,
  context: object,
  access: AccessControl,
) => Principal | Promise<Principal>;

/** A request as a server that is made of `fetch` sees it first. */
export interface HttpRequest {
  readonly request: Request;
  readonly pathname: string;
  /** Headers as they came, names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Those of the server. */
  readonly classes: FetchClasses;
  /** The gateway as this request sees it. */
  readonly governance: () => Governance;
}

/** What one plugin brings to its server. */
export interface Part {
  /** The name of its function, for messages. */
  readonly plugin: string;
  readonly gateway?: EmbeddedGateway;
  readonly rules?: readonly Rule[];
  readonly observer?: GatewayObserver;
  /** Coordinates of the host's own fields that content rules hold for; with a list, `@sensitive` does so too. */
  readonly sensitive?: readonly string[];
  /** True where the host guards its requests itself. */
  readonly leavesRequests?: boolean;
  readonly identify?: Identify;
  /** Whether it added a root field of this name to the schema. */
  readonly isOwnField?: (name: string) => boolean;
  /** Answers requests beside GraphQL, where the server sees HTTP; undefined for those that it does not answer. */
  readonly answersHttp?: (request: HttpRequest) => Promise<Response> | undefined;
  /** How faults of Tollgate are shown. */
  readonly mapError?: ErrorMapper;
  /** Makes the server a subgraph. */
  readonly federation?: FederationOptions;
}

const partKey: unique symbol = Symbol('tollgate.part');

interface CarryingPlugin {
  readonly [partKey]?: Part;
}

/**
 * Makes the plugin that brings a part to its server, and does nothing else.
 *
 * The start of the server throws a `TypeError` where no plugin of its list names a gateway, or two name different ones.
 */
export function carry(part: Part): GovernancePlugin {
  const plugin: GovernancePlugin & CarryingPlugin = {
    [partKey]: part,
    onPluginInit({ plugins, addPlugin }) {
      joinServer(plugins, () => partsIn(plugins), addPlugin);
    },
  };
  return plugin;
}

/** The parts of a server, in the order of its plugins. */
export function partsIn(plugins: readonly unknown[]): readonly Part[] {
  return plugins.flatMap(plugin => {
    const part = typeof plugin === 'object' && plugin !== null ? (plugin as CarryingPlugin)[partKey] : undefined;
    return part === undefined ? [] : [part];
  });
}
