import { version } from 'graphql';
import { fastifyHost, graphqlHttpHost } from './envelop-hosts.ts';
import { hiveHosts } from './hive-hosts.ts';
import type { PluginHost } from './plugin-host.ts';
import { yogaHost } from './yoga-host.ts';

/** Every server that the plugins are promised to run in; Hive Gateway runs on graphql 16 alone. */
export const allHosts: readonly PluginHost[] = [
  yogaHost,
  graphqlHttpHost,
  fastifyHost,
  ...(version.startsWith('16.') ? hiveHosts : []),
];
