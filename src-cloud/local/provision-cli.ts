/** `npm run provision`: what a supervisor does in the cloud. The only place that takes the service role key. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { createCloudKey } from '../functions/bundle-keys.ts';
import { carryBundle } from './carry-bundle.ts';
import { readKeys } from './database/keys.ts';
import {
  createProvision,
  type GuardReport,
  type ListedDevice,
  type NewOperator,
  type Supervisor,
} from './provision.ts';

const usage = `npm run provision -- COMMAND

  stores                              lists the stores
  code --store ID [--minutes 15]      prints a one-time code with which one PC joins the store;
       [--replaces DEVICE]            that PC is shut out then, the new one takes over its name and rights
  devices [--store ID]                lists the PCs, and when each was seen last
  revoke --device ID                  shuts a PC out at once
  grant DEVICE SCOPE...               sets what a PC may keep beside the chain and its own store:
                                      store:ID, region:NAME; without any, nothing more
  epoch                               after the cloud was moved or restored from a backup: every PC
                                      reads everything anew and keeps what it has not sent
  guard [--accept]                    proves that everything written reached the feed, and mends what did not;
                                      --accept follows also a table that lost most of its rows
  health                              what the cloud's upkeep did and found lately
  bundle FILE                         brings a change bundle from a PC without a network to the cloud, and
                                      writes the answer for that PC beside it
  bundle-key                          prints a new key for the function secret PULSER_BUNDLE_KEY; put it before
                                      those that are there, PCs learn it at their next sign-in
  operator --email ADDRESS --name NAME --role clerk|supervisor|operator
                                      makes an account for a person and prints its password

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
      replaces: { type: 'string' },
      email: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
      minutes: { type: 'string', default: '15' },
      accept: { type: 'boolean', default: false },
      url: { type: 'string' },
      data: { type: 'string', default: resolve(projectDir, '.pulser', 'cloud') },
    },
  });
  const [command, ...rest] = positionals;
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 1440)) throw new Error('--minutes is a number from 1 to 1440.');
  if (command === undefined) {
    process.stdout.write(usage);
    return;
  }
  if (command === 'bundle-key') {
    process.stdout.write(`${await createCloudKey()}\n`);
    return;
  }
  const supervisor = await findSupervisor(values.url, values.data);
  const provision = createProvision(supervisor);
  if (command === 'stores') {
    for (const store of await provision.listStores())
      process.stdout.write(`${store.id}  ${store.code}  ${store.name}\n`);
  } else if (command === 'code' && values.store !== undefined) {
    process.stdout.write(`${await provision.createEnrolmentCode(values.store, minutes, values.replaces)}\n`);
  } else if (command === 'revoke' && values.device !== undefined) {
    await provision.revokeDevice(values.device);
    process.stdout.write('Revoked.\n');
  } else if (command === 'grant' && rest[0] !== undefined) {
    await provision.grantScopes(rest[0], rest.slice(1));
    process.stdout.write('Granted.\n');
  } else if (command === 'epoch') {
    process.stdout.write(`The epoch is ${await provision.raiseEpoch()} now.\n`);
  } else if (command === 'devices') {
    for (const device of await provision.listDevices(values.store)) process.stdout.write(`${describe(device)}\n`);
  } else if (command === 'bundle' && rest[0] !== undefined) {
    const { words, complete } = await carryBundle(supervisor, rest[0]);
    process.stdout.write(words);
    if (!complete) process.exitCode = 3;
  } else if (command === 'operator' && values.email !== undefined && values.name !== undefined) {
    const operator = { email: values.email, name: readName(values.name), role: readRole(values.role) };
    process.stdout.write(`${await provision.createOperator(operator)}\n`);
  } else if (command === 'guard') {
    const report = await provision.guard({ accept: values.accept });
    process.stdout.write(describeGuard(report));
    if (report.state === 'alarm') process.exitCode = 3;
  } else if (command === 'health') {
    for (const { at, what, state, details } of await provision.health())
      process.stdout.write(`${at}  ${what}  ${state}  ${JSON.stringify(details)}\n`);
  } else {
    throw new Error(usage);
  }
}

function describeGuard({ state, triggers, tables }: GuardReport): string {
  const words = {
    ok: 'Everything written reached the feed.',
    repaired: 'Something had not reached the feed. It has now.',
    alarm:
      'A table lost most of its rows without the feed. The PCs still have them. Restore them, or let the PCs follow with --accept.',
  };
  return [
    words[state],
    ...triggers.map(({ table, trigger, problem }) => `  ${table}: ${trigger} ${problem}`),
    ...tables.map(
      ({ table, compared, unnoticed, gone, withheld }) =>
        `  ${table.padEnd(20)} ${compared} rows compared, ${unnoticed} not noticed, ${gone} gone, ${withheld} of them not followed`,
    ),
    '',
  ].join('\n');
}

function readRole(role: string | undefined): NewOperator['role'] {
  if (role === 'clerk' || role === 'supervisor' || role === 'operator') return role;
  throw new Error('--role is clerk, supervisor or operator.');
}

/** What changes are said to come from when no person made them. */
const taken = ['operator', 'clerk', 'external', 'import', 'sample', 'rule', 'postgres'];

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length >= 1 && trimmed.length <= 80 && !taken.includes(trimmed.toLowerCase())) return trimmed;
  throw new Error(`--name is a person's name of 1 to 80 characters, none of: ${taken.join(', ')}.`);
}

/** One line for a PC: id, store, name, what became of it. */
function describe(device: ListedDevice): string {
  const notes = [
    device.revokedAt ? `revoked ${device.revokedAt}` : `last seen ${device.lastSeenAt ?? 'never'}`,
    ...(device.signIn === 'password' ? ['signs in with a password'] : []),
    ...(device.replaces ? [`replaces ${device.replaces}`] : []),
    ...(device.forkedFrom ? [`copy of ${device.forkedFrom}`] : []),
  ];
  return `${device.id}  ${device.storeName}  ${device.name}  ${notes.join(', ')}`;
}

await main().catch((error: unknown) => {
  const unreachable = error instanceof TypeError ? 'The cloud cannot be reached. Is npm run cloud running?' : undefined;
  process.stderr.write(`${unreachable ?? (error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
});
