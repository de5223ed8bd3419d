import { join } from 'node:path';

/** Where a host finds and keeps its files. Plain data: it is handed to the host's thread. */
export type HostPaths = {
  readonly dataDir: string;
  readonly database: string;
  readonly keyFile: string;
  readonly logs: string;
  /** The folder migrations/local of this installation. */
  readonly migrations: string;
  /** The entry of reader threads: the source where the host runs from it, else the file of the bundle. */
  readonly readerThread: string;
  /** The bridge for assistants that only start commands, where it was built. */
  readonly bridge: string;
  /** The driver's addon where the shipped one does not fit the runtime; null: the shipped one. */
  readonly sqliteBinding: string | null;
};

/** The files of a host, from its data folder and the folder this program is installed in. */
export function hostPaths(dataDir: string, installation: string, sqliteBinding: string | undefined): HostPaths {
  return {
    dataDir,
    database: join(dataDir, 'store.db'),
    keyFile: join(dataDir, 'store.key'),
    logs: join(dataDir, 'logs'),
    migrations: join(installation, 'migrations', 'local'),
    readerThread: import.meta.filename.endsWith('.ts')
      ? join(import.meta.dirname, '..', 'reader-thread.ts')
      : join(installation, 'out', 'main', 'reader-thread.js'),
    bridge: join(installation, 'out', 'assistants', 'bridge.mjs'),
    sqliteBinding: sqliteBinding === undefined || sqliteBinding === '' ? null : sqliteBinding,
  };
}
