import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoreOptions } from '#main/store/open-store.ts';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { createDaemon } from '../daemon.ts';
import { createSupabaseTransport } from '../transport/supabase.ts';
import type { Daemon } from '../types.ts';
import type { AppVersion } from './versions.ts';

/** A store PC for tests: a real store file, the real daemon and transport, against a given cloud. */
export type TestPc = {
  readonly store: Store;
  readonly daemon: Daemon;
  readonly file: string;
  /** Runs cycles until the queue holds nothing that can be sent and the last cycle went well; throws after `seconds`. */
  readonly settle: (seconds?: number) => Promise<void>;
  /** Ends the daemon and starts a new one on the same store, as a restart of the program does. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type TestPcOptions = {
  readonly name?: string;
  readonly batchSize?: number;
  readonly intervalMs?: number;
  readonly now?: () => number;
  /** The version of the app; the present one unless given. */
  readonly version?: AppVersion;
  /** Runs between slices of work. */
  readonly yieldNow?: () => Promise<void>;
};

export async function testPc(
  cloud: { url: string; anonKey: string },
  code: string,
  options: TestPcOptions = {},
): Promise<TestPc> {
  const pc = pcOn(cloud, testStore(storeOptions(options)), options);
  const enrolled = await pc.daemon.enrol(code, options.name ?? 'Counter');
  if (!enrolled.ok) throw new Error(`${enrolled.error.code}: ${enrolled.error.detail ?? ''}`);
  pc.daemon.start();
  return pc;
}

/**
 * What a PC would find after a kill at this very moment: its disk as it is now, opened again, with a daemon that has not started. The other
 * PC must not be used any more.
 */
export function killedPc(
  cloud: { url: string; anonKey: string },
  { file }: { file: string },
  options: TestPcOptions = {},
): TestPc {
  return pcOn(cloud, testStore(storeOptions(options), file), options);
}

function storeOptions({ now, version }: TestPcOptions): Partial<StoreOptions> {
  return { ...(now ? { now } : {}), ...version };
}

function pcOn(
  cloud: { url: string; anonKey: string },
  { store, file, cleanup }: ReturnType<typeof testStore>,
  options: TestPcOptions,
): TestPc {
  const newDaemon = (): Daemon =>
    createDaemon({
      store,
      transport: createSupabaseTransport({
        url: cloud.url,
        anonKey: cloud.anonKey,
        compressThreshold: 1000,
        timeoutMs: 5000,
        ...(options.now ? { now: options.now } : {}),
      }),
      intervalMs: options.intervalMs ?? 100,
      batchSize: options.batchSize ?? 500,
      random: Math.random,
      clock: () => performance.now(),
      setTimer: (callback, ms) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      yieldNow: options.yieldNow ?? (() => nextTurn()),
      log: {
        info: () => undefined,
        error: (text, fields) => process.stderr.write(`${text} ${JSON.stringify(fields)}\n`),
      },
    });
  let daemon = newDaemon();
  return {
    store,
    get daemon() {
      return daemon;
    },
    file,
    async restart() {
      await daemon.stop();
      daemon = newDaemon();
      daemon.start();
    },
    settle: (seconds = 10) => settled(store, daemon, seconds * 1000),
    async stop() {
      await daemon.stop();
      cleanup();
    },
  };
}

/** Resolves when a cycle that started after now went well and nothing sendable is left. */
function settled(store: Store, daemon: Daemon, ms: number): Promise<void> {
  const lastRun = () =>
    store.read.get<{ id: number; outcome: string }>('SELECT id, outcome FROM _sync_runs ORDER BY id DESC LIMIT 1');
  const before = (lastRun()?.id ?? 0) + 1;
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      off();
      const error = store.read.get<{ error: string }>(
        'SELECT error FROM _sync_runs WHERE error IS NOT NULL ORDER BY id DESC LIMIT 1',
      )?.error;
      reject(new Error(`Not settled: ${JSON.stringify(daemon.status())} ${error ?? ''}`));
    }, ms);
    const off = store.onChange(({ tables }) => {
      if (!tables.includes('_runs')) return;
      const run = lastRun();
      const sendable = store.read.get('SELECT 1 FROM _change_log WHERE state < 4 AND state = 0 LIMIT 1');
      if (run && run.id >= before && run.outcome === 'ok' && !sendable) {
        clearTimeout(deadline);
        off();
        resolve();
      }
    });
    daemon.wake('operator');
  });
}
