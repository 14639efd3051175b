import { embeddedNames } from '../src/graphql/extend-schema.ts';
import { type FederationOptions, subgraphParts } from '../src/graphql/federation/tollgate-subgraph.ts';
import type { SchemaNames } from '../src/graphql/rename-schema.ts';
import { carry, type GatewayOption, type GovernancePlugin, partsIn } from './part.ts';
import { useGovernance } from './use-governance.ts';

/** What a federated router finds in this server. */
export interface FederationPluginOptions extends GatewayOption, FederationOptions {
  /** Only without `useGovernance` in the same list, which has them else. Default: `Ai` and `ai`. */
  readonly names?: Partial<SchemaNames>;
}

/**
 * Makes the server a subgraph of federation 2: routers find the entities of this schema under the caller's rights, and
 * the fields that are contributed to entities of other subgraphs.
 *
 * The schema is that of `useGovernance`; where that is not in the same list, it is brought along with its defaults.
 *
 * @throws {TypeError} That names the option which is wrong; the start of the server, where its schema is a subgraph
 *   already or has a type that is contributed to.
 */
export function useFederation({ gateway, names, ...federation }: FederationPluginOptions = {}): GovernancePlugin {
  subgraphParts(federation, { ...embeddedNames, ...names });
  const carrier = carry({
    plugin: 'useFederation',
    ...(gateway === undefined ? {} : { gateway }),
    federation,
  });
  return {
    ...carrier,
    onPluginInit(server) {
      carrier.onPluginInit(server);
      const parts = partsIn(server.plugins);
      if (parts.filter(part => part.federation !== undefined).length > 1) {
        throw new TypeError('plugins: useFederation is there twice');
      }
      if (!parts.some(part => part.plugin === 'useGovernance')) {
        if (gateway !== undefined)
          server.addPlugin(useGovernance({ gateway, ...(names === undefined ? {} : { names }) }));
        else throw new TypeError('gateway: give one to useFederation, or add useGovernance to the same list');
      } else if (names !== undefined) {
        throw new TypeError('names: those of useGovernance in the same list hold; give them there');
      }
    },
  };
}
