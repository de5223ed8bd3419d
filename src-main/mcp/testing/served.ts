import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { CommandRequest } from '#shared/contract/commands.ts';
import type { AppError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/result.ts';
import type { Service } from '#main/services/base/types.ts';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { createServiceMetrics } from '#main/telemetry/service-metrics.ts';
import { createMcp } from '../create-mcp.ts';
import type { Mcp, McpDeps } from '../create-mcp.ts';
import type { ServiceHandlers } from '../handlers.ts';
import { notesService } from './notes-service.ts';
import type { NotesDeps } from './notes-service.ts';

/** A PC with services on a port of its own, in this process. */
export type Served = {
  readonly store: Store;
  readonly folder: string;
  readonly notes: NotesDeps;
  /** What was logged as an error. */
  readonly faults: unknown[];
  mcp: Mcp;
  /** Lets `wait_for_it` go. */
  letGo(): void;
  /** The address of a service. */
  url(service?: string): Promise<string>;
  /** A token for `notes` unless other scopes are named. */
  token(options?: Partial<CommandRequest<'tokens.create'>>): Promise<{ id: string; token: string }>;
  /** Calls a command of the contract; a failure is thrown. */
  command<N extends keyof ServiceHandlers>(name: N, input: CommandRequest<N>): Promise<ValueOf<N>>;
  /** Stops the services and starts them again over the same store, as a restart of the app does. */
  restart(change?: Partial<McpDeps>): Promise<void>;
  stop(): Promise<void>;
};
type ValueOf<N extends keyof ServiceHandlers> =
  Awaited<ReturnType<ServiceHandlers[N]>> extends Result<infer V, AppError> ? V : never;

/** In one process both ends of a connection end in the same moment: waits until the pool of `fetch` has noticed. */
async function answering(served: Served): Promise<void> {
  const { url } = (await served.command('services.get', {})).services[0] ?? {};
  if (!url) return;
  const asked = (): Promise<boolean> =>
    fetch(`${new URL(url).origin}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await asked()));
}

/** Serves the notes for changing, on any free port. */
export async function serveNotes(change: Partial<McpDeps> = {}, services: readonly Service[] = []): Promise<Served> {
  const { store, folder, cleanup } = testStore();
  let open = (): void => undefined;
  let gate = new Promise<void>((resolve) => (open = resolve));
  const notes: NotesDeps = {
    notes: [
      { id: 1, text: 'milk is low' },
      { id: 2, text: 'rice came' },
    ],
    health: 'ok',
    gate: () => gate,
  };
  const faults: unknown[] = [];
  const all = [notesService.open(notes), ...services];
  const build = (more: Partial<McpDeps> = {}): Mcp =>
    createMcp({
      store,
      services: all,
      dataDir: folder,
      bridge: join(folder, 'bridge.mjs'),
      port: 0,
      jwtSecret: null,
      version: '0.0.0',
      pid: process.pid,
      logger: { ...silentLogger, error: (event, fields) => void faults.push([event, fields]) },
      metrics: createServiceMetrics(),
      after: (ms, work) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
      clock: () => performance.now(),
      random: (bytes) => randomFillSync(bytes),
      ...change,
      ...more,
    });
  const command: Served['command'] = async (name, input) => {
    const answer = (await (served.mcp.handlers[name] as (request: unknown) => unknown)(input)) as Result<
      never,
      AppError
    >;
    if (!answer.ok) throw new Error(`${answer.error.code} (${answer.error.detail ?? ''})`);
    return answer.value;
  };
  const served: Served = {
    store,
    folder,
    notes,
    faults,
    mcp: build(),
    letGo() {
      open();
      gate = new Promise<void>((resolve) => (open = resolve));
    },
    url: async (service = 'notes') => {
      const { services: listed } = await command('services.get', {});
      const url = listed.find(({ id }) => id === service)?.url;
      if (!url) throw new Error(`${service} is not served`);
      return url;
    },
    token: (options = {}) =>
      command('tokens.create', { name: 'a client', scopes: [{ service: 'notes', write: true }], days: 1, ...options }),
    command,
    async restart(more = {}) {
      await served.mcp.stop();
      served.mcp = build(more);
      await served.mcp.start();
      await answering(served);
    },
    async stop() {
      await served.mcp.stop();
      cleanup();
    },
  };
  await served.mcp.start();
  await command('services.setTier', { service: 'notes', tier: 'write' });
  return served;
}
