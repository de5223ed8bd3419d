import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            '{src-shared,src-main,src-preload,src-renderer,src-cloud,scripts,bench,demo,simulation}/**/*.test.ts',
          ],
        },
      },
    ],
    // native addons, worker threads and child processes: a process for each test file
    pool: 'forks',
    maxWorkers: 2,
    // a real PostgreSQL starts in some of them, on machines with two busy cores
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    // a test that never ends must not end the run's patience silently
    allowOnly: !process.env['CI'],
  },
});
