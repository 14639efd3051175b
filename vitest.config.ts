import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { refuseSkips } from './test/support/refuse-skips.ts';

export default defineConfig({
  // As Node resolves it: vite would take graphql's second build, whose classes are not those that Yoga knows.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most of the time they wait for servers and processes.
    maxWorkers: 2,
    reporters: process.env['CI'] === 'true' ? ['default', refuseSkips()] : ['default'],
  },
});
