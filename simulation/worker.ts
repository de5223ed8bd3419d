/** A worker process of the deterministic tier: a database and a folder of its own, one seed after the other. */
import { rmSync } from 'node:fs';
import { createWorldDatabase, workFolder } from './cloud/cluster.ts';
import { openSimCloud, type SimCloud } from './cloud/sim-cloud.ts';
import { runSeed } from './core/run-seed.ts';
import { beginning, type WorldDeps } from './core/world.ts';
import { createStoreTemplate } from './pc/store-template.ts';
import type { WorkerOrder, WorkerReport } from './tiers/open-worker.ts';

const folder = workFolder('pulser-worlds-');
let cloud: SimCloud | null = null;
let deps: WorldDeps | null = null;

async function obey(order: WorkerOrder): Promise<WorkerReport> {
  if (order.do === 'open') {
    await cloud?.close();
    await createWorldDatabase(order.address, order.database, order.template);
    cloud = await openSimCloud(order.address, order.database);
    deps = { cloud, folder, template: createStoreTemplate(folder, beginning), tier: order.tier };
    return { say: 'ready' };
  }
  if (!deps) throw new Error('Not open yet');
  return { say: 'result', result: await runSeed(order.seed, { ...deps, tier: order.tier ?? deps.tier }, order) };
}

const tell = (report: WorkerReport): void => {
  // whoever asked may be gone
  if (process.connected) process.send?.(report);
};

process.on('message', (order: WorkerOrder) => {
  obey(order).then(tell, (error: unknown) =>
    tell({
      say: 'broken',
      error:
        error instanceof Error
          ? `${error.stack ?? error.message}\n${String(error.cause instanceof Error ? error.cause.stack : '')}`
          : String(error),
    }),
  );
});
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  void cloud?.close();
});
