import { join } from 'node:path';
import { createProvision, type Provision } from '#cloud/local/provision.ts';
import { startLocalCloud, type LocalCloud } from '#cloud/local/start.ts';
import { isCode } from '../setup/lock.ts';
import { projectRoot } from '../setup/paths.ts';

/** The port of `npm run cloud`; when somebody else has it, any free one. */
const usualPort = 54321;

/** Starts the local cloud on its data in .pulser/cloud. */
export async function openCloud(): Promise<LocalCloud> {
  const start = async (port: number): Promise<LocalCloud> =>
    startLocalCloud({
      dataDir: join(projectRoot, '.pulser', 'cloud'),
      migrationsDir: join(projectRoot, 'migrations', 'cloud'),
      port,
    });
  try {
    return await start(usualPort);
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE')) throw error;
    return start(0);
  }
}

/** The sample store in the cloud, made at the first start. Returns its id. */
export async function ensureStore(provision: Provision): Promise<string> {
  const code = 'SAMPLE-01';
  const known = (await provision.listStores()).find((store) => store.code === code);
  if (known) return known.id;
  return provision.createStore({
    code,
    name: 'Tindahan ni Aling Nena',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Manila',
    barangay: 'Tondo',
  });
}

/** What a store PC needs in its environment to join this cloud's store; the code is only used by a PC that has not joined. */
export async function environmentOfPc(
  cloud: LocalCloud,
  provision: Provision,
  storeId: string,
): Promise<Record<string, string>> {
  return {
    SUPABASE_URL: cloud.url,
    SUPABASE_ANON_KEY: cloud.anonKey,
    PULSER_ENROL_CODE: await provision.createEnrolmentCode(storeId),
  };
}

/** The supervisor's side of a local cloud. */
export function provisionOf(cloud: LocalCloud): Provision {
  return createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
}
