import { readFileSync, rmSync } from 'node:fs';
import { createWorldDatabase, startSimCluster, workFolder } from '../cloud/cluster.ts';
import { openSimCloud } from '../cloud/sim-cloud.ts';
import { run } from '../core/run.ts';
import type { Step } from '../core/steps.ts';
import { beginning, type Tier } from '../core/world.ts';
import { createStoreTemplate } from '../pc/store-template.ts';

/** A story as it was shortened and written down. */
export type Story = {
  readonly tier?: Tier;
  readonly seed: number;
  readonly invariant: string;
  readonly steps: readonly Step[];
};

/** Plays a written story and tells each step with what came of it; answers whether everything held. */
export async function playStory(file: string, say: (line: string) => void): Promise<boolean> {
  const story = JSON.parse(readFileSync(file, 'utf8')) as Story;
  const cluster = await startSimCluster();
  const folder = workFolder('pulser-worlds-');
  try {
    await createWorldDatabase(cluster.address, 'world');
    const cloud = await openSimCloud(cluster.address, 'world');
    const deps = {
      cloud,
      folder,
      template: createStoreTemplate(folder, beginning),
      tier: story.tier ?? 'deterministic',
    };
    const { violation } = await run(story.seed, deps, story.steps, say);
    await cloud.close();
    say(violation ? `✗ ${violation.invariant}: ${violation.message}` : '✓ everything held');
    return violation === null;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
