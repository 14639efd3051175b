import { version } from 'graphql';
import { fastifyHost, graphqlHttpHost } from './envelop-hosts.ts';
import { hiveHosts } from './hive-hosts.ts';
import type { PluginHost } from './plugin-host.ts';
import { yogaHost } from './yoga-host.ts';

const hives = version.startsWith('16.') ? hiveHosts : [];

/** Every server that the plugins are promised to run in; Hive Gateway runs on graphql 16 alone. */
export const allHosts: readonly PluginHost[] = [yogaHost, graphqlHttpHost, fastifyHost, ...hives];

/** Those that see HTTP beside GraphQL. */
export const httpHosts: readonly PluginHost[] = [yogaHost, ...hives];
