/** `npm run provision`: what a supervisor does in the cloud. The only place that takes the service role key. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { readKeys } from './database/keys.ts';
import { createProvision, type Supervisor } from './provision.ts';

const usage = `npm run provision -- COMMAND

  stores                              lists the stores
  code --store ID [--minutes 15]      prints a one-time code with which one PC joins the store
  revoke --device ID                  shuts a PC out at once

The cloud is SUPABASE_URL with SUPABASE_SERVICE_ROLE_KEY from the environment, else the local
one of \`npm run cloud\` (--url, default http://127.0.0.1:54321; --data, its data folder).
`;

const projectDir = fileURLToPath(new URL('../../', import.meta.url));

async function findSupervisor(url: string | undefined, data: string): Promise<Supervisor> {
  const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = process.env;
  if (SUPABASE_URL && SUPABASE_SERVICE_ROLE_KEY && url === undefined) {
    return { url: SUPABASE_URL, serviceRoleKey: SUPABASE_SERVICE_ROLE_KEY };
  }
  const keys = await readKeys(data);
  if (!keys)
    throw new Error(
      `There is no local cloud in ${data}. Start it with npm run cloud, or set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY.`,
    );
  return { url: url ?? 'http://127.0.0.1:54321', serviceRoleKey: keys.serviceRoleKey };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      store: { type: 'string' },
      device: { type: 'string' },
      minutes: { type: 'string', default: '15' },
      url: { type: 'string' },
      data: { type: 'string', default: resolve(projectDir, '.pulser', 'cloud') },
    },
  });
  const [command] = positionals;
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 1440)) throw new Error('--minutes is a number from 1 to 1440.');
  if (command === undefined) {
    process.stdout.write(usage);
    return;
  }
  const provision = createProvision(await findSupervisor(values.url, values.data));
  if (command === 'stores') {
    for (const store of await provision.listStores())
      process.stdout.write(`${store.id}  ${store.code}  ${store.name}\n`);
  } else if (command === 'code' && values.store !== undefined) {
    process.stdout.write(`${await provision.createEnrolmentCode(values.store, minutes)}\n`);
  } else if (command === 'revoke' && values.device !== undefined) {
    await provision.revokeDevice(values.device);
    process.stdout.write('Revoked.\n');
  } else {
    throw new Error(usage);
  }
}

await main().catch((error: unknown) => {
  const unreachable = error instanceof TypeError ? 'The cloud cannot be reached. Is npm run cloud running?' : undefined;
  process.stderr.write(`${unreachable ?? (error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
});
