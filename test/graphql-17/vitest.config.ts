import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** All that brings or uses `graphql`: from here, so that there is one instance of it, of version 17. */
const fromHere = [
  'graphql',
  'graphql-yoga',
  '@envelop/core',
  'graphql-ws',
  'graphql-ws/use/ws',
  '@graphql-yoga/render-graphiql',
];
const protocols = [
  '@graphql-tools/executor',
  'graphql-http/lib/use/http',
  'graphql-sse/lib/use/http',
  'graphql-http',
  'graphql-sse',
];
const root = resolve(import.meta.dirname, '../..');

export default defineConfig({
  root,
  resolve: {
    alias: [...fromHere, ...protocols].map(name => ({
      find: new RegExp(`^${name}$`),
      replacement: fileURLToPath(import.meta.resolve(name)),
    })),
  },
  test: {
    include: ['test/plugins/**/*.test.ts', 'test/graphql/{complete,errors,schema,yoga,federation/entities}.test.ts'],
    env: { GRAPHQL_MAJOR: '17' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
