import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/chaos/**', 'test/bench/**'],
    globalSetup: 'test/support/servers.ts',
    pool: 'forks',
    // One more than the cores of a small machine: much of what is tested is waiting.
    maxWorkers: 3,
    // Every file starts servers of its own and shares no state; loading the program anew for each took a third of the time.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
