import type { FunctionHandler } from '../functions/types.ts';
import type { Faults } from './gateway/faults.ts';

/** How to start a local cloud. */
export type LocalCloudOptions = {
  /** Holds everything the cloud keeps: database, keys. Created when missing. */
  readonly dataDir: string;
  /** The migrations to apply, in order of their names. */
  readonly migrationsDir: string;
  /** The gateway's port on loopback; 0 (default) takes a free one. */
  readonly port?: number;
  /** False switches off all that makes PostgreSQL survive a power cut: for tests only. Default true. */
  readonly durable?: boolean;
  /** Removes the data folder when the cloud stops, or when this process dies. Default false. */
  readonly temporary?: boolean;
  /** How long an access token lives. Default 3600. */
  readonly tokenLifetimeSeconds?: number;
  /** For how long an exchanged refresh token is taken once more. Default 10. */
  readonly refreshReuseSeconds?: number;
  /** The Edge Functions by name. Default: the project's own. */
  readonly functions?: Readonly<Record<string, FunctionHandler>>;
  /** The clock of Auth and Realtime, ms UTC. PostgreSQL and PostgREST keep their own. */
  readonly now?: () => number;
  /** Told of failures inside the local cloud itself: they are bugs. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
};

/** A running local cloud. */
export type LocalCloud = {
  /** What a client calls SUPABASE_URL: `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly anonKey: string;
  /** Bypasses every policy. Never to a store PC. */
  readonly serviceRoleKey: string;
  readonly jwtSecret: string;
  /** PostgreSQL as the owner of the migrations (`postgres`, no superuser). */
  readonly databaseUrl: string;
  /** PostgreSQL as superuser (`supabase_admin`). */
  readonly adminDatabaseUrl: string;
  readonly dataDir: string;
  /** The migrations that this start applied. */
  readonly applied: readonly string[];
  readonly faults: Faults;
  /** Refuses every connection to the gateway and cuts those there are, until it is called with false. */
  readonly setOffline: (offline: boolean) => Promise<void>;
  /** PostgreSQL dies at once and starts again; whoever was connected is cut off. What `durable: false` had not written down is lost. */
  readonly crashDatabase: () => Promise<void>;
  /** Makes PostgREST see what was created after the start; resolves when it does. */
  readonly reloadSchema: () => Promise<void>;
  /** Stops everything in order. May be called twice. */
  readonly stop: () => Promise<void>;
};
