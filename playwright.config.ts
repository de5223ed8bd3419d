import { defineConfig } from '@playwright/test';
import { electronEnvironment } from './scripts/electron-runtime.ts';

// Playwright looks the runtime up in its own process, before an `env` of a launch could tell it
Object.assign(process.env, electronEnvironment());

/** The window's tests: the real Electron, one at a time (each has its own data folder, but there is one display). */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results/e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
});
