import { randomFillSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalCloud } from '#cloud/local/start.ts';
import { readOrCreateKeyFile } from '#main/host/key-file.ts';
import { hostPaths } from '#main/host/paths.ts';
import { recordSampleSales, recordSampleStock } from '#main/shop/sample/record.ts';
import { sampleSales } from '#main/shop/sample/sales.ts';
import { openStore } from '#main/store/open-store.ts';
import { startPc, type Pc } from '../../demo/pc.ts';
import { projectRoot } from '../setup/paths.ts';

const days = 14;
const seed = 1;

/**
 * Gives the sample store a history: a second PC ("Counter 2") that joined it, holds two weeks of sales, and sent them to the cloud,
 * from where the window's PC gets them. Made once; an interrupted attempt is taken up again.
 */
export async function ensureSampleShop(cloud: LocalCloud, code: string, say: (line: string) => void): Promise<void> {
  const dataDir = join(projectRoot, '.pulser', 'pc-2');
  const done = join(dataDir, 'sample-sent');
  if (existsSync(done)) return;
  say(`Selling for ${days} days at a second counter, as sample data ...`);
  const options = { name: 'Counter 2', dataDir, cloud, code };
  await whileRunning(await startPc(options), async (pc) => {
    await pc.until((status) => status.state === 'synced', 'joining the store');
  });
  recordSales(dataDir);
  await whileRunning(await startPc(options), async (pc) => {
    await pc.until((status) => status.waiting === 0 && status.state === 'synced', 'sending the sample sales', 120);
  });
  writeFileSync(done, `${new Date().toISOString()}\n`);
}

async function whileRunning(pc: Pc, work: (pc: Pc) => Promise<void>): Promise<void> {
  try {
    await work(pc);
  } finally {
    await pc.stop();
  }
}

function recordSales(dataDir: string): void {
  const paths = hostPaths(dataDir, projectRoot, undefined);
  const key = readOrCreateKeyFile({ ...paths, random: (bytes) => randomFillSync(bytes) });
  if (!key.ok) throw new Error(key.error.message);
  const opened = openStore({ file: paths.database, key: key.value, migrations: paths.migrations, now: Date.now });
  if (!opened.ok) throw new Error(`${opened.error.message} ${opened.error.detail ?? ''}`);
  const store = opened.value;
  try {
    const until = Date.now();
    recordSampleStock(store, until - days * 24 * 60 * 60 * 1000);
    recordSampleSales(store, sampleSales({ days, until, seed }));
  } finally {
    store.close();
  }
}
