/** `npm run cloud`: the local cloud for development, until Ctrl+C. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { startLocalCloud } from './start.ts';

const usage = `npm run cloud [-- --data FOLDER] [--port N] [--json]

Starts the local cloud on loopback and prints its addresses and keys. Its data stays in
FOLDER (default: .pulser/cloud in the project). Ctrl+C stops it.
`;

const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/** Where `npm run cloud` keeps its data unless told otherwise. */
const defaultData = resolve(projectDir, '.pulser', 'cloud');

function readArguments(): { data: string; port: number; json: boolean } | undefined {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: defaultData },
      port: { type: 'string', default: '54321' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('--port is a number from 0 (any free port) to 65535.');
  return { data: resolve(values.data), port, json: values.json };
}

async function main(): Promise<void> {
  const wanted = readArguments();
  if (!wanted) {
    process.stdout.write(usage);
    return;
  }
  // Heard from the beginning, so that Ctrl+C during the start stops what was started.
  const interrupted = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop());
    // Whoever read our output is gone (a closed pipe): stop in order too.
    process.stdout.on('error', () => stop());
  });
  const cloud = await startLocalCloud({
    dataDir: wanted.data,
    migrationsDir: resolve(projectDir, 'migrations', 'cloud'),
    port: wanted.port,
  });
  const facts = {
    url: cloud.url,
    anonKey: cloud.anonKey,
    serviceRoleKey: cloud.serviceRoleKey,
    databaseUrl: cloud.databaseUrl,
    dataDir: cloud.dataDir,
    applied: cloud.applied,
  };
  process.stdout.write(wanted.json ? `${JSON.stringify(facts)}\n` : describe(facts));
  await interrupted;
  if (!wanted.json) process.stdout.write('Stopping …\n');
  await cloud.stop();
}

function describe(facts: {
  url: string;
  anonKey: string;
  serviceRoleKey: string;
  databaseUrl: string;
  dataDir: string;
  applied: readonly string[];
}): string {
  const applied = facts.applied.length === 0 ? '' : `Applied ${facts.applied.length} migrations.\n`;
  return `${applied}The local cloud is ready (data in ${facts.dataDir}).

  URL               ${facts.url}
  anon key          ${facts.anonKey}
  service role key  ${facts.serviceRoleKey}
                    (bypasses every policy: never give it to a store PC)
  database          ${facts.databaseUrl}

Ctrl+C stops it.
`;
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    const message =
      code === 'EADDRINUSE'
        ? 'The port is taken. Choose another with --port.'
        : error instanceof Error
          ? error.message
          : String(error);
    process.stderr.write(`${message}\n`);
    process.exit(1);
  },
);
