import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProvision } from '#cloud/local/provision.ts';
import { startLocalCloud, type LocalCloud } from '#cloud/local/start.ts';

/** A local cloud that is as durable as a real one, with one store in it, for measuring. */
export async function benchCloud(): Promise<{
  cloud: LocalCloud;
  enrolmentCode: () => Promise<string>;
  stop: () => Promise<void>;
}> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pulser-bench-cloud-'));
  const cloud = await startLocalCloud({
    dataDir,
    migrationsDir: join(import.meta.dirname, '../migrations/cloud'),
    durable: true,
  });
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: 'BENCH',
    name: 'Bench Store',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Manila',
    barangay: 'Tondo',
  });
  return {
    cloud,
    enrolmentCode: () => provision.createEnrolmentCode(storeId),
    stop: async () => {
      await cloud.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
