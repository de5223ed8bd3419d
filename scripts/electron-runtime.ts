import { readStamp } from './setup/stamp.ts';

/**
 * What a process must find in its environment so that `electron .`, `require('electron')` and Playwright's
 * `_electron.launch()` start the runtime that set-up chose, with a SQLite addon that fits it:
 * ELECTRON_OVERRIDE_DIST_PATH and PULSER_SQLITE_BINDING, each only where it is needed.
 * Throws when set-up has not run (`npm run setup`).
 */
export function electronEnvironment(): Record<string, string> {
  const runtime = readStamp();
  if (!runtime) throw new Error('No desktop runtime is set up in this checkout. Run: npm run setup');
  return {
    ...(runtime.distPath ? { ELECTRON_OVERRIDE_DIST_PATH: runtime.distPath } : {}),
    ...(runtime.sqliteBinding ? { PULSER_SQLITE_BINDING: runtime.sqliteBinding } : {}),
  };
}

/** The executable of the runtime that set-up chose. Throws when set-up has not run. */
export function electronExecutable(): string {
  const runtime = readStamp();
  if (!runtime) throw new Error('No desktop runtime is set up in this checkout. Run: npm run setup');
  return runtime.executable;
}
