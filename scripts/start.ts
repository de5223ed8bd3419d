import { join } from 'node:path';
import { describeFailure, SetUpFailure } from './setup/failure.ts';
import { projectRoot } from './setup/paths.ts';
import { setUp } from './setup/set-up.ts';
import { buildIfChanged } from './start/build.ts';
import { ensureStore, environmentOfPc, openCloud, provisionOf } from './start/local-cloud.ts';
import { ensureSampleShop } from './start/sample-shop.ts';
import { hasDisplay, openWindow } from './start/window.ts';

/*
 * `npm start`: the app on sample data, with the local cloud beside it. Everything it keeps is in .pulser/ of the project;
 * removing that folder starts afresh. Closing the window (or Ctrl+C) ends the cloud too.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  process.exitCode = await start();
} catch (error) {
  process.stderr.write(`\n${error instanceof SetUpFailure ? describeFailure(error) : messageOf(error)}\n`);
  process.exitCode = 1;
}

async function start(): Promise<number> {
  if (!hasDisplay()) {
    say('There is no display here, so the window cannot open. Without one, see the same story in the terminal:\n');
    say('  npm run demo\n');
    return 1;
  }
  await setUp({ say, needsDisplay: false });
  const failedBuild = await buildIfChanged(say);
  if (failedBuild !== null) throw new Error(`The build failed:\n${failedBuild}`);
  say('Starting the local cloud ...');
  const cloud = await openCloud();
  try {
    const provision = provisionOf(cloud);
    const storeId = await ensureStore(provision);
    await ensureSampleShop(cloud, await provision.createEnrolmentCode(storeId), say);
    say(`The local cloud is at ${cloud.url}; opening the window ...`);
    return await openWindow(
      {
        PULSER_DATA_DIR: process.env['PULSER_DATA_DIR'] ?? join(projectRoot, '.pulser', 'pc-1'),
        PULSER_DEVICE_NAME: process.env['PULSER_DEVICE_NAME'] ?? 'Counter 1',
        ...(await environmentOfPc(cloud, provision, storeId)),
      },
      say,
    );
  } finally {
    say('Stopping the local cloud ...');
    await cloud.stop();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
