import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/chaos/**', 'test/bench/**'],
    globalSetup: 'test/support/servers.ts',
    pool: 'forks',
    maxWorkers: 2,
    // One test of never-over-a-human waits in vain once in a few full runs; the cause is still to be found.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
