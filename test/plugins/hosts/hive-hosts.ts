import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from '@envelop/core';
import { createYoga } from 'graphql-yoga';
import { installFolder } from '../../support/install-folder.ts';
import { listen } from '../open-host.ts';
import type { HostSchema, ListeningHost, PluginHost } from './plugin-host.ts';

type Listener = Parameters<typeof listen>[0];

/** What is used of the gateway's packages, which are installed apart. */
interface Hive {
  createGatewayRuntime(options: object): Listener & { [Symbol.asyncDispose](): Promise<void> };
  composeServices(services: readonly object[]): { readonly supergraphSdl?: string; readonly errors?: readonly Error[] };
  /** Makes of a composed graph what plans and executes operations. */
  readonly rustPlanner: (options: never) => Promise<{ executor(request: unknown): unknown }>;
  readonly parse: (source: string) => unknown;
}

/** How many operations the Rust planner was given, so that nothing else passes for it. */
export const rustPlanner = { operations: 0 };

let loaded: Promise<Hive> | undefined;

/** Loads Hive Gateway into this process, over the same `graphql` as everything else: there can be one only. */
async function loadHive(): Promise<Hive> {
  const folder = await installFolder('test/gateways');
  const inFolder = pathToFileURL(join(folder, 'package.json')).href;
  await import('../../support/one-graphql.ts');
  const load = async (name: string) => await import(pathToFileURL(createRequire(inFolder).resolve(name)).href);
  const { createGatewayRuntime } = await load('@graphql-hive/gateway-runtime');
  const { unifiedGraphHandler } = await load('@graphql-hive/router-runtime');
  const { composeServices } = await load('@theguild/federation-composition');
  const { parse } = await import('graphql');
  return { createGatewayRuntime, composeServices, rustPlanner: unifiedGraphHandler, parse };
}

function counting(handle: Hive['rustPlanner']): Hive['rustPlanner'] {
  return async options => {
    const handled = await handle(options);
    const executor = (request: unknown) => {
      rustPlanner.operations += 1;
      return handled.executor(request);
    };
    return { ...handled, executor };
  };
}

/** The host's schema as a subgraph, and the gateway before it with the plugins. */
async function openHive(
  planner: 'JavaScript' | 'Rust',
  { schema, typeDefs }: HostSchema,
  plugins: readonly Plugin[],
): Promise<ListeningHost> {
  loaded ??= loadHive();
  const { createGatewayRuntime, composeServices, rustPlanner: handle, parse } = await loaded;
  const subgraph = await listen(createYoga({ schema, logging: false }));
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])';
  const composed = composeServices([{ name: 'host', url: subgraph.url, typeDefs: parse(`${link} ${typeDefs}`) }]);
  if (composed.supergraphSdl === undefined) throw new Error(String(composed.errors?.[0]?.message));
  const gateway = createGatewayRuntime({
    supergraph: composed.supergraphSdl,
    logging: false,
    plugins: () => [...plugins],
    ...(planner === 'Rust' ? { unifiedGraphHandler: counting(handle) } : {}),
    // Its default puts prompts into the URLs of subscriptions.
    transportEntries: { '*.http': { options: { method: 'POST' } } },
  });
  const host = await listen(gateway);
  return {
    url: host.url,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await subgraph[Symbol.asyncDispose]();
    },
  };
}

export const hiveHosts: readonly PluginHost[] = (['JavaScript', 'Rust'] as const).map(planner => ({
  name: `Hive Gateway with its ${planner} planner`,
  hasResolvers: false,
  open: (schema, plugins) => openHive(planner, schema, plugins),
}));
