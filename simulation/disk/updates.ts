/** An update of the program that is cut off: a store of an earlier version is killed while its migrations run, and goes on from there. */
import { cpSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { migrate, readMigrations } from '#main/store/migrate.ts';
import { openDatabase } from '#main/store/open-database.ts';
import { spawnHost, startHost, type StartTimes } from './host-process.ts';
import { oldestShop, writeOldStore } from './old-store.ts';
import { examine, localMigrations, migrationCount, type Remains } from './remains.ts';
import { pause, type Pc, type Shop } from './shop.ts';
import { keyOf } from './store-file.ts';

export type Updates = {
  /** Starts the new version on a copy of the old store, kills it, and answers what it left; then starts it again and answers how long that took. */
  readonly killOne: () => Promise<Remains & { readonly times: StartTimes }>;
  /** The PC, updated for good and running: its sales go to the cloud. */
  readonly finish: () => Promise<Pc>;
};

/** Old stores keep so many migrations; every later one is applied at the update. */
export async function openUpdates(shop: Shop, sales: number): Promise<Updates> {
  const pc = await shop.newPc('updated');
  pc.tap.setOffline(true);
  await pc.host.stop();
  const { counter, whose, dataDir } = pc;
  const enrolled = `${dataDir}-enrolled`;
  cpSync(dataDir, enrolled, { recursive: true });
  const versions = new Map<number, string>();
  for (let applied = oldestShop; applied < migrationCount; applied += 1) versions.set(applied, `${dataDir}-${applied}`);
  const [first] = versions.keys();
  if (first === undefined) throw new Error('There is no migration after the first shop');
  const old = { enrolled, counter, whose, storeId: shop.storeId, sales };
  // sales are written once, so that all old stores hold the same ones
  await writeOldStore({ ...old, folder: versions.get(first) as string, applied: first });
  for (const [applied, folder] of versions)
    if (applied !== first) advance(versions.get(first) as string, folder, applied);
  const bring = (): void => {
    rmSync(dataDir, { recursive: true, force: true });
    cpSync(shop.random.pick([...versions.values()]), dataDir, { recursive: true });
  };
  let window = await measureWindow(bring, pc);

  const look = (ready: boolean): Promise<Remains> =>
    examine({ dataDir, whose, ledger: counter.ledger, ready, calls: [] });
  return {
    async killOne() {
      bring();
      const host = spawnHost(pc);
      await opened(dataDir);
      await pause(shop.random.next() * window);
      const wasReady = host.isReady();
      await host.kill();
      await host.ready;
      const remains = await look(wasReady);
      // aims at the part of the start in which migrations run, however quick the machine is just now
      window *= remains.phase === 'migration' ? 1.2 : 0.7;
      const again = await startHost(pc);
      await again.kill();
      const after = await look(true);
      return { phase: remains.phase, problems: [...remains.problems, ...after.problems], times: again.times };
    },
    async finish() {
      bring();
      const cut = spawnHost(pc);
      await opened(dataDir);
      await pause((shop.random.next() * window) / 2);
      await cut.kill();
      await cut.ready;
      pc.tap.setOffline(false);
      pc.host = await startHost(pc);
      return pc;
    },
  };
}

/** An old store of a later version is the earliest one with further migrations applied. */
function advance(from: string, to: string, applied: number): void {
  cpSync(from, to, { recursive: true });
  const raw = openDatabase({ file: join(to, 'store.db'), key: keyOf(to) });
  if (!raw.ok) throw new Error(raw.error.code);
  migrate(raw.value, readMigrations(localMigrations).slice(0, applied), Date.now());
  raw.value.close();
}

/** Resolves when the store file is being opened: its log appears. */
function opened(dataDir: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dataDir, (_event, name) => {
      if (name !== 'store.db-wal') return;
      watcher.close();
      resolve();
    });
  });
}

/** Milliseconds from the opening of the file to the ready line. */
async function measureWindow(bring: () => void, pc: Pc): Promise<number> {
  bring();
  const host = spawnHost(pc);
  await opened(pc.dataDir);
  const begun = performance.now();
  await host.ready;
  const window = performance.now() - begun;
  await host.kill();
  return window;
}
