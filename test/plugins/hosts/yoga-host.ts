import { createYoga } from 'graphql-yoga';
import { listen } from '../open-host.ts';
import type { PluginHost } from './plugin-host.ts';

export const yogaHost: PluginHost = {
  name: 'Yoga',
  hasResolvers: true,
  open: ({ schema }, plugins) => listen(createYoga({ schema, plugins: [...plugins], logging: false })),
};
