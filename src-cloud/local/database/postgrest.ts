import { findPostgrest } from './binaries.ts';
import type { Keeper } from './keeper-client.ts';
import { freePort, startServer } from './servers.ts';

/** A running PostgREST. */
export type Postgrest = {
  readonly port: number;
  /** Resolves when the next "Schema cache loaded" is reported. */
  readonly nextSchemaLoad: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const readyTimeoutMs = 20_000;

/** Starts the real PostgREST as hosted Supabase sets it up. @throws Error with its own words when it does not get ready */
export async function startPostgrest(options: {
  readonly databaseUrl: string;
  readonly jwtSecret: string;
  readonly maxRows: number;
  readonly pool: number;
  readonly keeper: Keeper;
}): Promise<Postgrest> {
  const program = await findPostgrest();
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const server = startServer({
    program,
    args: [],
    env: {
      PGRST_DB_URI: options.databaseUrl,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_MAX_ROWS: String(options.maxRows),
      PGRST_DB_POOL: String(options.pool),
      PGRST_JWT_SECRET: options.jwtSecret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
      PGRST_LOG_LEVEL: 'error',
    },
    keeper: options.keeper,
    lastSignal: 'SIGTERM',
  });
  let over = false;
  void server.ended.then(() => (over = true));
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await isReady(adminPort))) {
    if (over || performance.now() > deadline) {
      await server.stop('SIGKILL');
      throw new Error(`PostgREST did not get ready:\n${server.log()}`);
    }
    await new Promise((next) => setTimeout(next, 10));
  }
  return {
    port,
    nextSchemaLoad: () =>
      new Promise((resolve) => {
        const stop = server.onLine((line) => {
          if (!line.includes('Schema cache loaded')) return;
          stop();
          resolve();
        });
      }),
    stop: () => server.stop('SIGTERM'),
  };
}

async function isReady(adminPort: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/ready`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // not listening yet
  }
}
