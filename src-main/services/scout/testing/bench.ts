import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { fail } from '#shared/result.ts';
import { createCache } from '#main/accelerators/cache/create-cache.ts';
import { createReaderPool } from '#main/store/readers/pool.ts';
import { testStore } from '#main/store/testing.ts';
import type { Identity, Store } from '#main/store/types.ts';
import type { Service } from '../../base/types.ts';
import { callTool, type CallOptions } from '../../base/testing.ts';
import type { ScoutDeps } from '../deps.ts';
import { openScout } from '../open-scout.ts';
import type { ScoutQueries } from '../queries.ts';

/** Scout on a store of its own, with real reader threads, for tests. */
export type ScoutBench = {
  readonly store: Store;
  readonly service: Service;
  readonly deps: ScoutDeps;
  readonly exportDir: string;
  /** The clock of store and calls, ms UTC. */
  clock: number;
  /** Calls a tool and answers its value; throws when it fails. */
  call<T = Readonly<Record<string, unknown>>>(name: string, args?: object): Promise<T>;
  /** Calls a tool and answers the code of its failure. */
  failure(name: string, args?: unknown, options?: CallOptions): Promise<string>;
  end(): Promise<void>;
};

const status: SyncStatus = {
  state: 'synced',
  phase: 'idle',
  waiting: 0,
  oldestWaitingAt: null,
  stuck: 0,
  openConflicts: 0,
  lastSuccessAt: null,
  nextAttemptAt: null,
  pause: null,
  failure: null,
  progress: null,
  filling: null,
  store: null,
  device: null,
  keyKeptBy: 'file',
  warnings: [],
};

/** `on` is a store that is there already, instead of a new one. */
export function openScoutBench(
  identity: Identity | null,
  more: Partial<ScoutDeps> = {},
  on?: { readonly store: Store; readonly file: string },
): ScoutBench {
  const bench = { clock: Date.parse('2026-06-30T16:30:00+08:00') };
  const { store, file, cleanup } = on
    ? { ...on, cleanup: () => undefined }
    : testStore({ ...(identity ? { identity } : {}), now: () => bench.clock });
  const exportDir = mkdtempSync(join(tmpdir(), 'pulser-exports-'));
  const deps: ScoutDeps = {
    store,
    readers: createReaderPool<ScoutQueries>({
      entry: join(import.meta.dirname, '..', '..', '..', 'reader-thread.ts'),
      data: { file, key: new Uint8Array(32).fill(7) },
      size: 2,
      idleMs: 60_000,
      after: () => () => undefined,
    }),
    cache: createCache({ now: () => bench.clock, memoryBytes: 10_000_000 }),
    status: () => status,
    exportFolder: () => exportDir,
    askCloud: async () => fail(appError('offline')),
    ...more,
  };
  const { service, stop } = openScout(deps);
  const run = (name: string, args: unknown, options: CallOptions = {}) =>
    callTool(service, name, args, { ...options, context: { now: () => bench.clock, ...options.context } });
  return Object.assign(bench, {
    store,
    service,
    deps,
    exportDir,
    async call<T>(name: string, args: object = {}) {
      const answer = await run(name, args);
      if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
      // each test knows what it asked for
      return answer.value.structured as T;
    },
    async failure(name: string, args: unknown = {}, options: CallOptions = {}) {
      const answer = await run(name, args, options);
      return answer.ok ? 'none' : answer.error.code;
    },
    async end() {
      await stop();
      cleanup();
      rmSync(exportDir, { recursive: true, force: true });
    },
  });
}
