/** The tier `disk`: kill runs, copies as power cuts leave them, and disks that are full, from one seed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFullDisks, type FullDiskReport } from './full-disk.ts';
import type { SeedResult, Tier } from '../tiers/types.ts';
import { runKills } from './kill-runs.ts';
import { runPowerCuts, type PowerCutReport } from './power-cuts.ts';
import { openShop, settle } from './shop.ts';
import { limitSizes, mountSmallDisk } from './small-disk.ts';

/** What one seed of the tier does. */
const size = { kills: 40, copies: 40, rounds: 4, history: 20_000, oldSales: 3000 } as const;

export const disk: Tier = {
  async run({ from, to, firstOnly, say, onResult }) {
    for (let seed = from; seed <= to; seed += 1) {
      const result = await runSeed(seed, say);
      onResult(result);
      if (result.violation && firstOnly) return;
    }
  },
};

async function runSeed(seed: number, say: (line: string) => void): Promise<SeedResult> {
  const began = performance.now();
  const { powerCuts, fullDisks } = await runDisks(seed, size.copies, size.rounds);
  say(`  seed ${seed}: ${powerCuts.copies} copies of a working store, ${fullDisks.rounds} full disks`);
  const kills = await runKills({ runs: size.kills, seed, history: size.history, oldSales: size.oldSales, say });
  const [first, ...more] = [...powerCuts.problems, ...fullDisks.problems, ...kills.problems];
  const message = `${first ?? ''}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  return {
    seed,
    ms: performance.now() - began,
    hash: null,
    checks: {
      'nothing lost or doubled after a kill': kills.kills,
      'everything up to the last commit after a power cut': sum(powerCuts.harms),
      'refused in plain words on a full disk': fullDisks.refused,
      'left as it is on a read-only disk': fullDisks.readOnlyRefused,
    },
    figures: {
      ...Object.fromEntries(Object.entries(kills.phases).map(([phase, times]) => [`kills in ${phase}`, times])),
      'kills with a request open': kills.whileWriting,
      'sales answered': kills.sales.answered,
      'copies called damaged': powerCuts.calledDamaged,
      'starts of a second or more': kills.starts.overOneSecond,
    },
    violation: first === undefined ? null : { invariant: 'the disk', message, story: [], steps: [], trace: [] },
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Power cuts and full disks, in one shop. */
export async function runDisks(
  seed: number,
  copies: number,
  rounds: number,
): Promise<{ powerCuts: PowerCutReport; fullDisks: FullDiskReport }> {
  const shop = await openShop(seed);
  const folder = mkdtempSync(join(tmpdir(), 'pulser-small-'));
  const disks = [mountSmallDisk(join(folder, 'mount'), 24), limitSizes(join(folder, 'limit'))].filter(
    (found) => found !== null,
  );
  try {
    const pc = await shop.newPc('copied');
    await settle(pc);
    const powerCuts = await runPowerCuts(shop, pc, copies);
    return { powerCuts, fullDisks: await runFullDisks(shop, disks, rounds) };
  } finally {
    await shop.close();
    for (const small of disks) small.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
