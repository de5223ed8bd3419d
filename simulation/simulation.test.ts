import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmSync } from 'node:fs';
import { createWorldDatabase, startSimCluster, workFolder, type SimCluster } from './cloud/cluster.ts';
import { openSimCloud, type SimCloud } from './cloud/sim-cloud.ts';
import { beginning, type WorldDeps } from './core/world.ts';
import { run } from './core/run.ts';
import { describe as tell } from './core/steps.ts';
import { createStoreTemplate } from './pc/store-template.ts';

let cluster: SimCluster;
let cloud: SimCloud;
let deps: WorldDeps;
const folder = workFolder('pulser-worlds-');
beforeAll(async () => {
  cluster = await startSimCluster();
  await createWorldDatabase(cluster.address, 'world');
  cloud = await openSimCloud(cluster.address, 'world');
  deps = { cloud, folder, template: createStoreTemplate(folder, beginning), tier: 'deterministic' };
});
afterAll(async () => {
  await cloud.close();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a simulated world', () => {
  it('leaves the same trace when the same seed is played again', async () => {
    for (const seed of [3, 8]) {
      const first = await run(seed, deps);
      const second = await run(seed, deps);
      expect(second.hash).toBe(first.hash);
      expect(second.steps).toEqual(first.steps);
    }
  }, 60_000);

  it('plays any part of a run, so that a failing one can be shortened', async () => {
    const { steps } = await run(12, deps);
    const part = steps.filter((_, i) => i % 3 !== 1);
    const once = await run(12, deps, part);
    expect(once.violation).toBeNull();
    expect((await run(12, deps, part)).hash).toBe(once.hash);
    expect(steps.map(tell).every((words) => words.length > 0)).toBe(true);
  }, 60_000);
});
