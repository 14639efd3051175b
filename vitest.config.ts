import { defineConfig } from 'vitest/config';
import { refuseSkips } from './test/support/refuse-skips.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: process.env['CI'] === 'true' ? ['default', refuseSkips()] : ['default'],
  },
});
